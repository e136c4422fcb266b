// SPDX-License-Identifier: Apache-2.0
// Short names for the generated types that the console speaks of.
import type { components } from "./schema";

type Schemas = components["schemas"];

export type PlanView = Schemas["PlanView"];
export type PlanSummary = Schemas["PlanSummary"];
export type Plan = PlanView["plan"];
export type Answer = NonNullable<Plan["answer"]>;
export type Step = Plan["steps"][number];
export type Question = Plan["questions"][number];
export type Choice = Question["choices"][number];
export type PlanDocument = Schemas["PlanDocument-Output"];
export type RunbookView = Schemas["RunbookView"];
export type Risk = NonNullable<Plan["risk"]>;
export type Template = Schemas["Template"];
export type Priority = Schemas["Priority"];
export type Artifact = Schemas["Artifact"];
export type Job = Schemas["Job"];
export type JobStatus = Schemas["JobStatus"];
export type Progress = Schemas["Progress"];
export type StepProgress = Schemas["StepProgress"];
export type Totals = Schemas["Totals"];
export type ResultStatus = Schemas["ResultStatus"];
export type Result = Schemas["Result"];
export type JobEvent = Schemas["JobEvent"];
export type LogEntry = Schemas["LogEntry"];
export type ScheduleView = Schemas["ScheduleView"];
export type ScheduleRun = Schemas["ScheduleRun"];
export type Calendar = Schemas["Calendar"];
export type ChainStep = Schemas["ChainStep"];
export type Problem = Schemas["Problem"];
