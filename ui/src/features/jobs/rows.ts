// SPDX-License-Identifier: Apache-2.0
// Which targets the matrix shows, in which order.
import type { ResultStatus } from "../../api/types";
import type { JobStore } from "./store";

export const FILTERS = ["all", "failed", "running", "pending", "completed"] as const;
export type Filter = (typeof FILTERS)[number];

const BAD: ReadonlySet<ResultStatus> = new Set(["failed", "unreachable", "rolled_back", "unknown"]);
const OPEN: ReadonlySet<ResultStatus> = new Set(["pending", "running"]);
const DONE: ReadonlySet<ResultStatus> = new Set(["ok", "changed", "skipped"]);

/** Indexes of the targets that match: those that failed first, else in the job's own order. */
export function rowsOf(store: JobStore, filter: Filter, text: string): number[] {
  const { progress } = store;
  if (progress === null) return [];
  const wanted = text.trim().toLowerCase();
  const bad: number[] = [];
  const rest: number[] = [];
  progress.targets.forEach((name, target) => {
    if (wanted && !name.toLowerCase().includes(wanted)) return;
    const column = progress.cells.map((line) => line[target] ?? "pending");
    const failed = column.some((status) => BAD.has(status));
    if (!matches(filter, column, failed)) return;
    (failed ? bad : rest).push(target);
  });
  return [...bad, ...rest];
}

function matches(filter: Filter, column: ResultStatus[], failed: boolean): boolean {
  switch (filter) {
    case "all":
      return true;
    case "failed":
      return failed;
    case "running":
      return column.includes("running");
    case "pending":
      return !failed && column.some((status) => OPEN.has(status));
    case "completed":
      return column.every((status) => DONE.has(status));
  }
}
