// SPDX-License-Identifier: Apache-2.0
// Where a job stands, outside React: a page of 500 targets must not render 500 rows for one changed cell.
import type { LogEntry, Progress, ResultStatus } from "../../api/types";

/** Log lines kept in the page; the whole log is the server's. */
const LINES = 5000;

export type Cell = [step: number, target: number, status: ResultStatus];
/** What a delta tells; the rest of a Progress never changes. */
export type Delta = Omit<Progress, "job_id" | "title" | "targets" | "cells"> & { cells: Cell[] };
export type Link = "connecting" | "live" | "reconnecting" | "ended" | "refused";

export class JobStore {
  progress: Progress | null = null;
  link: Link = "connecting";
  lines: LogEntry[] = [];
  /** Grows with every change. */
  version = 0;
  /** Per target: grows when one of its cells changes. */
  private rows: number[] = [];
  private readonly listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  row = (target: number) => this.rows[target] ?? 0;

  cell(step: number, target: number): ResultStatus {
    return this.progress?.cells[step - 1]?.[target] ?? "pending";
  }

  snapshot(progress: Progress) {
    this.progress = progress;
    this.rows = progress.targets.map((_, target) => this.row(target) + 1);
    this.changed();
  }

  delta({ cells, ...rest }: Delta) {
    if (this.progress === null) return;
    for (const [step, target, status] of cells) {
      const line = this.progress.cells[step - 1];
      if (line) line[target] = status;
      this.rows[target] = this.row(target) + 1;
    }
    this.progress = { ...this.progress, ...rest };
    this.changed();
  }

  log(entries: LogEntry[]) {
    const last = this.lines.at(-1)?.id ?? 0;
    const fresh = entries.filter((entry) => entry.id > last);
    if (fresh.length === 0) return;
    this.lines = [...this.lines, ...fresh].slice(-LINES);
    this.changed();
  }

  setLink(link: Link) {
    this.link = link;
    this.changed();
  }

  private changed() {
    this.version += 1;
    for (const listener of this.listeners) listener();
  }
}
