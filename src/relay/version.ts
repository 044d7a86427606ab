/** As in package.json: one file has to know it by itself. */
export const VERSION = '0.1.0';
