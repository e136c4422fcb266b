// SPDX-License-Identifier: Apache-2.0
import { useInfiniteQuery } from "@tanstack/react-query";
import { plansQuery } from "../../api/queries";
import { HistoryList } from "../../components/HistoryList";
import { count } from "../../lib/format";
import { planLook } from "../../lib/tones";

const OUTCOME = { refuse: "Refused", clarify: "Asked back" } as const;

export function RecentPlans() {
  const plans = useInfiniteQuery(plansQuery);
  return (
    <HistoryList
      title="Recent plans"
      empty="No plan yet. Say above what should happen."
      query={plans}
      items={plans.data?.pages.flatMap((page) => page.items) ?? []}
      line={(plan) => ({
        key: plan.id,
        to: "/plans/$planId",
        params: { planId: plan.id },
        title: plan.title || plan.text,
        note:
          plan.status === "answered"
            ? plan.text
            : plan.step_count
              ? `${count(plan.step_count, "step")} on ${count(plan.target_count, "target")}`
              : OUTCOME[plan.outcome as keyof typeof OUTCOME],
        at: plan.created_at,
        look:
          plan.outcome === "refuse"
            ? { glyph: "✗", tone: "bad", word: "Refused" }
            : planLook(plan.status, plan.needs_approval),
      })}
    />
  );
}
