import { setFlagsFromString } from 'node:v8';

/**
 * Holds V8's young generation at the size that it has. The bytes of a transfer come in small buffers that live
 * until it is collected, and V8 would let it grow as the transfer goes on, so that memory grew with the file.
 */
export function holdYoungGeneration(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
