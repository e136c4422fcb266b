// SPDX-License-Identifier: Apache-2.0
// Approving, running and rejecting a plan.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { client, unwrap } from "../../api/client";
import type { PlanView, Priority } from "../../api/types";

/**
 * Approve the digest that is shown, then run. An approval is for one job, so every run is approved; approving a plan
 * whose approval is unused changes nothing. What only reads needs no approval and is run right away; a plan that says
 * when it runs becomes a schedule. A second click or a repeated request starts nothing twice: the key stays until the
 * job is known, and what was sent with it and got no answer is not approved once more.
 */
export function useProceed(view: PlanView, standing: boolean, priority: Priority) {
  const { id } = view.plan;
  const key = useRef(crypto.randomUUID());
  const unanswered = useRef(false);
  const [stage, setStage] = useState("");
  const navigate = useNavigate();
  const queries = useQueryClient();
  const path = { plan_id: id };
  const run = useMutation({
    mutationFn: async () => {
      if (!view.plan.needs_approval) {
        setStage("Checking the playbook…");
      } else if (!unanswered.current) {
        setStage("Checking the playbook…");
        const digest = view.digest ?? "";
        const body = { digest, standing };
        await unwrap(client.POST("/api/plans/{plan_id}/approve", { params: { path }, body }));
      }
      if (view.plan.options.schedule) {
        setStage("Setting up the schedule…");
        const made = await unwrap(client.POST("/api/schedules", { body: { plan_id: id } }));
        return { to: `/schedules/${encodeURIComponent(made.schedule.name)}` };
      }
      if (view.plan.needs_approval) setStage("Starting the job…");
      const header = { "idempotency-key": key.current };
      unanswered.current = true;
      const answer = await client.POST("/api/plans/{plan_id}/run", {
        params: { path, header, query: { priority } },
      });
      unanswered.current = false;
      const job = await unwrap(Promise.resolve(answer));
      return { to: `/jobs/${job.id}` };
    },
    onSuccess: (place) => {
      key.current = crypto.randomUUID();
      return navigate(place);
    },
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ["plan", id] });
      void queries.invalidateQueries({ queryKey: ["plans"] });
      void queries.invalidateQueries({ queryKey: ["jobs"] });
      void queries.invalidateQueries({ queryKey: ["schedule"] });
      void queries.invalidateQueries({ queryKey: ["schedules"] });
    },
  });
  return { ...run, stage };
}

export function useReject(view: PlanView) {
  const { id } = view.plan;
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (comment: string) =>
      unwrap(client.POST("/api/plans/{plan_id}/reject", { params: { path: { plan_id: id } }, body: { comment } })),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ["plan", id] });
      void queries.invalidateQueries({ queryKey: ["plans"] });
    },
  });
}
