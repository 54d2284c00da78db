/** What each page writes for itself: its operations, and the formulas of its rounds. */
export const OPS: Record<string, (...numbers: number[]) => [number, (number | null)[]]>;
export const FORMULAS: ((numbers: number[]) => number)[];
/** The formulas that are chosen among: of the numbers that fill their blanks. */
export const SHAPES: ((numbers: number[]) => number)[];
