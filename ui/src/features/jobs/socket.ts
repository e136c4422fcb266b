// SPDX-License-Identifier: Apache-2.0
// The WebSocket of one job: reconnects with what was last seen, so that nothing is lost or told twice.
import { client, ProblemError, unwrap } from "../../api/client";
import type { LogEntry, Problem, Progress } from "../../api/types";
import type { Delta, JobStore } from "./store";

type Message = { log?: LogEntry[] } & (
  | { type: "snapshot"; progress: Progress }
  | ({ type: "delta" } & Delta)
  | { type: "log" }
  | { type: "end" }
  | { type: "problem"; problem: Problem }
);

const FIRST_WAIT = 300;
const LONGEST_WAIT = 5000;

export class JobSocket {
  private readonly job: string;
  private readonly store: JobStore;
  private readonly onProblem: (error: Error) => void;
  private socket: WebSocket | null = null;
  private wait = FIRST_WAIT;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private closed = false;

  constructor(job: string, store: JobStore, onProblem: (error: Error) => void) {
    this.job = job;
    this.store = store;
    this.onProblem = onProblem;
    this.connect();
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.socket?.close();
  }

  private connect() {
    const { progress, lines } = this.store;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const after = progress ? `?after=${progress.seq}` : "";
    const socket = new WebSocket(`${scheme}//${location.host}/api/jobs/${this.job}/progress${after}`);
    this.socket = socket;
    socket.onopen = () => {
      socket.send(JSON.stringify({ subscribe: ["log"], after: lines.at(-1)?.id ?? 0 }));
    };
    socket.onmessage = (event) => {
      this.wait = FIRST_WAIT;
      this.take(JSON.parse(event.data as string) as Message);
    };
    socket.onclose = () => {
      const over = this.store.link === "ended" || this.store.link === "refused";
      if (!this.closed && !over) this.again();
    };
  }

  private take(message: Message) {
    if (message.type === "problem") {
      this.store.setLink("refused");
      this.onProblem(new ProblemError(message.problem));
      return;
    }
    if (message.type === "snapshot") this.store.snapshot(message.progress);
    else if (message.type === "delta") this.store.delta(deltaOf(message));
    if (message.log) this.store.log(message.log);
    if (message.type === "end") this.store.setLink("ended");
    else if (this.store.link !== "ended" && this.store.link !== "live") this.store.setLink("live");
  }

  /** Try again a little later each time; meanwhile ask once by plain HTTP, which may still pass. */
  private again() {
    this.store.setLink("reconnecting");
    this.timer = setTimeout(() => this.connect(), this.wait);
    if (this.wait > 4 * FIRST_WAIT) void this.poll();
    this.wait = Math.min(2 * this.wait, LONGEST_WAIT);
  }

  private async poll() {
    try {
      const answer = client.GET("/api/jobs/{job_id}/progress", { params: { path: { job_id: this.job } } });
      const progress = await unwrap(answer);
      if (!this.closed && this.store.link === "reconnecting" && progress.seq > (this.store.progress?.seq ?? -1)) {
        this.store.snapshot(progress);
      }
    } catch {
      // The server is away: the next try is already planned, and the page says that it is reconnecting.
    }
  }
}

function deltaOf({ type: _, log: __, ...delta }: { type: "delta"; log?: LogEntry[] } & Delta): Delta {
  return delta;
}
