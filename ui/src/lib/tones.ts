// SPDX-License-Identifier: Apache-2.0
// Every state as a glyph, a colour and a word: never by colour alone.
import type { ChainStep, JobStatus, PlanSummary, ResultStatus, Risk, ScheduleRun, ScheduleView } from "../api/types";

export type Tone = "good" | "change" | "bad" | "live" | "wait" | "odd";
type Look = { glyph: string; tone: Tone; word: string };

export const RESULT: Record<ResultStatus, Look> = {
  pending: { glyph: "·", tone: "wait", word: "pending" },
  running: { glyph: "▶", tone: "live", word: "running" },
  ok: { glyph: "✓", tone: "good", word: "ok, nothing had to change" },
  changed: { glyph: "Δ", tone: "good", word: "changed" },
  skipped: { glyph: "–", tone: "wait", word: "skipped" },
  failed: { glyph: "✗", tone: "bad", word: "failed" },
  unreachable: { glyph: "⊘", tone: "bad", word: "unreachable" },
  cancelled: { glyph: "■", tone: "odd", word: "cancelled" },
  rolled_back: { glyph: "↶", tone: "odd", word: "rolled back" },
  not_run: { glyph: "○", tone: "wait", word: "not run" },
  unknown: { glyph: "?", tone: "odd", word: "unknown" },
};

/** A result of a dry run has changed nothing. */
export const resultLook = (status: ResultStatus, dryRun: boolean): Look =>
  dryRun && status === "changed" ? { ...RESULT.changed, word: "would change" } : RESULT[status];

export const JOB: Record<JobStatus, Look> = {
  queued: { glyph: "·", tone: "wait", word: "Queued" },
  waiting: { glyph: "…", tone: "wait", word: "Waiting" },
  running: { glyph: "▶", tone: "live", word: "Running" },
  paused: { glyph: "‖", tone: "change", word: "Paused" },
  cancelling: { glyph: "■", tone: "change", word: "Cancelling" },
  succeeded: { glyph: "✓", tone: "good", word: "Succeeded" },
  partially_failed: { glyph: "✗", tone: "change", word: "Partially failed" },
  failed: { glyph: "✗", tone: "bad", word: "Failed" },
  cancelled: { glyph: "■", tone: "odd", word: "Cancelled" },
  interrupted: { glyph: "?", tone: "bad", word: "Interrupted" },
};

const PLAN: Record<PlanSummary["status"], Look> = {
  draft: { glyph: "?", tone: "change", word: "Needs an answer" },
  proposed: { glyph: "…", tone: "live", word: "Waiting for approval" },
  approved: { glyph: "✓", tone: "good", word: "Approved" },
  rejected: { glyph: "✗", tone: "bad", word: "Rejected" },
  superseded: { glyph: "↷", tone: "wait", word: "Superseded" },
  answered: { glyph: "✓", tone: "good", word: "Answered" },
};
const READY: Look = { glyph: "▶", tone: "live", word: "Ready to run" };

/** What became of a plan; one that needs no approval does not wait for it. */
export const planLook = (status: PlanSummary["status"], needsApproval: boolean) =>
  status === "proposed" && !needsApproval ? READY : PLAN[status];

export const RISK: Record<Risk["level"], Look> = {
  low: { glyph: "●", tone: "good", word: "Low risk" },
  medium: { glyph: "●", tone: "change", word: "Medium risk" },
  high: { glyph: "▲", tone: "bad", word: "High risk" },
  critical: { glyph: "▲", tone: "bad", word: "Critical risk" },
};

export const SCHEDULE: Record<ScheduleView["state"], Look> = {
  active: { glyph: "▶", tone: "good", word: "Active" },
  waiting: { glyph: "…", tone: "change", word: "Waiting for approval" },
  paused: { glyph: "‖", tone: "change", word: "Paused" },
  over: { glyph: "■", tone: "wait", word: "Over" },
};

export const RUN: Record<ScheduleRun["status"], Look> = {
  due: { glyph: "…", tone: "live", word: "Due" },
  queued: { glyph: "…", tone: "wait", word: "Waits for the job before" },
  started: { glyph: "▶", tone: "good", word: "Started" },
  skipped: { glyph: "–", tone: "change", word: "Skipped" },
};

export const CHAIN: Record<ChainStep["status"], Look> = {
  pending: { glyph: "·", tone: "wait", word: "to come" },
  waiting: { glyph: "…", tone: "change", word: "waits for approval" },
  started: { glyph: "▶", tone: "good", word: "started" },
  skipped: { glyph: "–", tone: "wait", word: "skipped" },
  failed: { glyph: "✗", tone: "bad", word: "failed" },
};

/** The job is over. */
export const ENDED: ReadonlySet<JobStatus> = new Set([
  "succeeded",
  "partially_failed",
  "failed",
  "cancelled",
  "interrupted",
]);
