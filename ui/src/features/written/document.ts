// SPDX-License-Identifier: Apache-2.0
// The form of a written plan, and the document it becomes. The server's gate types and checks every value.
import type { PlanDocument, Template } from "../../api/types";

export type StepForm = { key: number; intent: string | null; params: Record<string, unknown>; when: string };
export type Form = {
  description: string;
  groups: string[];
  hosts: string[];
  exclude: string[];
  platform: string;
  everything: boolean;
  steps: StepForm[];
  options: Record<string, string | boolean>;
  query: boolean;
  /** What the form has no field for, kept as it came. */
  rest: { targets: Record<string, unknown>; options: Record<string, unknown>; hosts: Record<number, string[]> };
};

export const NUMBERS = [
  "batch",
  "max_fail",
  "canary",
  "pause",
  "verify_timeout",
  "job_timeout",
  "target_timeout",
] as const;
export const SWITCHES = ["rollback", "dry_run", "log"] as const;
const TARGETS = ["on", "groups", "hosts", "exclude", "platform", "everything"];

let keys = 0;
export const newStep = (): StepForm => ({ key: ++keys, intent: null, params: {}, when: "" });
export const newForm = (): Form => ({
  description: "",
  groups: [],
  hosts: [],
  exclude: [],
  platform: "",
  everything: false,
  steps: [newStep()],
  options: {},
  query: false,
  rest: { targets: {}, options: {}, hosts: {} },
});

/** The form of a document, for a plan that is changed by hand. */
export function formOf(document: PlanDocument): Form {
  const { targets, options } = document;
  const steps = document.steps.map((step) => ({ ...newStep(), ...step, when: step.when.map(words).join("\n") }));
  const hosts: Record<number, string[]> = {};
  for (const [at, step] of steps.entries()) {
    const own = document.steps[at]?.hosts;
    if (own) hosts[step.key] = own;
  }
  const known = new Set<string>([...NUMBERS, ...SWITCHES]);
  const filled = Object.entries(options).filter(([, value]) => value !== null && value !== false);
  return {
    description: document.description,
    groups: targets.groups,
    hosts: targets.hosts,
    exclude: targets.exclude,
    platform: targets.platform ?? "",
    everything: targets.everything,
    steps: steps.map(({ key, intent, params, when }) => ({ key, intent, params, when })),
    options: Object.fromEntries(
      filled.filter(([name]) => known.has(name)).map(([name, v]) => [name, v === true || String(v)]),
    ),
    query: document.query,
    rest: {
      targets: Object.fromEntries(Object.entries(targets).filter(([n, v]) => !TARGETS.includes(n) && v !== null)),
      options: Object.fromEntries(filled.filter(([name]) => !known.has(name))),
      hosts,
    },
  };
}

/** The document a form is; a field that is left blank is left out. */
export function documentOf(form: Form): unknown {
  const { groups, hosts, exclude, everything } = form;
  return {
    description: form.description,
    query: form.query,
    targets: { ...form.rest.targets, groups, hosts, exclude, everything, platform: form.platform || null },
    steps: form.steps.map((step) => ({
      intent: step.intent ?? "",
      params: Object.fromEntries(Object.entries(step.params).filter(([, value]) => value !== "" && value !== null)),
      when: step.when
        .split("\n")
        .map((line) => line.trim())
        .filter(Boolean),
      hosts: form.rest.hosts[step.key] ?? null,
    })),
    options: {
      ...form.rest.options,
      ...Object.fromEntries(Object.entries(form.options).filter(([, value]) => value !== "" && value !== false)),
    },
  };
}

/** A value as it stands in a text field. */
export function asText(value: unknown, type: string): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) {
    const parts = value.map((part) => (type === "command" && /\s/.test(String(part)) ? `"${part}"` : String(part)));
    return parts.join(type === "command" ? " " : ", ");
  }
  if (typeof value === "boolean") return value ? "yes" : "no";
  return String(value);
}

/** Templates that can run, by family, for a list to choose from. */
export function choices(templates: Template[]) {
  const families = new Map<string, { value: string; label: string }[]>();
  for (const template of templates) {
    if (template.needs_targets && Object.keys(template.platforms).length === 0) continue;
    const family = template.id.split(".")[0] ?? "";
    const items = families.get(family) ?? [];
    families.set(family, [...items, { value: template.id, label: `${template.title} (${template.id})` }]);
  }
  return [...families].map(([group, items]) => ({ group, items }));
}

function words(condition: PlanDocument["steps"][number]["when"][number]): string {
  const { fact, subject, op, value, negate } = condition;
  // An operator or a value alone says something, too: false is a value.
  const compared = (op ?? value ?? null) === null ? [] : [op ?? "==", String(value ?? true)];
  return [negate ? "not" : "", fact, subject ?? "", ...compared].filter(Boolean).join(" ");
}
