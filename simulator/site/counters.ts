export interface RecordedRequest {
  readonly method: string;
  /** As sent, without the query. */
  readonly path: string;
  /** As sent, without the question mark. */
  readonly query: string;
  /** `DIRECTORY\user`, or empty. */
  readonly user: string;
  /** 0 until the site answers, and after it cut the connection instead. */
  status: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Counters for tests. Bytes are those of uploads and downloads. */
export function createCounters() {
  return {
    requests: [] as RecordedRequest[],
    handshakes: 0,
    bytesReceived: 0,
    bytesSent: 0,
    count(method: string, path: RegExp): number {
      return this.requests.filter(request => request.method === method && request.path.search(path) >= 0)
        .length;
    },
    reset() {
      this.requests.length = 0;
      this.handshakes = 0;
      this.bytesReceived = 0;
      this.bytesSent = 0;
    },
  };
}

export type Counters = ReturnType<typeof createCounters>;
