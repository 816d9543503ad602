/** Bytes of the first block: most events are smaller. */
const firstBlock = 8192;
/** Bytes of each further block. What is gathered takes hardly more memory than it has bytes. */
const nextBlock = 65_536;

/** A piece of at least so many bytes is kept as it is, where no more memory is behind it. */
const largePiece = 16_384;

/** Gathers what comes in pieces. */
export interface Gatherer {
  /** Copies a piece that is small, or part of something larger; others are not to be changed afterwards. */
  add(piece: Uint8Array): void;
  /** All pieces, one behind the other; to be asked for once. */
  join(): Uint8Array;
  /** Gives back the memory of what was not joined at once, not when it is next collected. */
  discard(): void;
}

/** Gives back the memory of bytes that nobody reads any more; does nothing where they share theirs. */
export function discardBytes({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

/** Makes one; pieces may be of a single byte each. */
export function gatherBytes(): Gatherer {
  const full: Uint8Array[] = [];
  let block = new Uint8Array(0);
  let filled = 0;
  const endBlock = (size: number): void => {
    if (filled > 0) full.push(block.subarray(0, filled));
    block = new Uint8Array(size);
    filled = 0;
  };
  return {
    add(piece) {
      if (piece.length >= largePiece && piece.length === piece.buffer.byteLength) {
        endBlock(0);
        full.push(piece);
        return;
      }
      let rest = piece;
      while (rest.length > 0) {
        if (filled === block.length) endBlock(full.length + filled === 0 ? firstBlock : nextBlock);
        const part = rest.subarray(0, block.length - filled);
        block.set(part, filled);
        filled += part.length;
        rest = rest.subarray(part.length);
      }
    },
    discard() {
      for (const part of full.splice(0)) discardBytes(part);
    },
    join() {
      const last = block.subarray(0, filled);
      if (full.length === 0) return last;
      if (full.length === 1 && filled === 0) return full.pop() ?? last;
      const whole = new Uint8Array(full.reduce((sum, { length }) => sum + length, filled));
      let place = 0;
      for (const part of [...full, last]) {
        whole.set(part, place);
        place += part.length;
      }
      for (const part of full.splice(0)) discardBytes(part);
      return whole;
    },
  };
}
