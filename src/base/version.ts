/** As in package.json: one file has to know it by itself. */
export const VERSION = '1.0.0';
