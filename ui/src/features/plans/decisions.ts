// SPDX-License-Identifier: Apache-2.0
// Approving, running and rejecting a plan.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { client, unwrap } from "../../api/client";
import type { PlanView } from "../../api/types";

/**
 * Approve the digest that is shown, then run. An approval is for one job, so every run is approved; approving a plan
 * whose approval is unused changes nothing. What only reads needs no approval and is run right away. A second click or a repeated request starts nothing twice: the key stays
 * until the job is known, and what was sent with it and got no answer is not approved once more.
 */
export function useProceed(view: PlanView) {
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
        await unwrap(client.POST("/api/plans/{plan_id}/approve", { params: { path }, body: { digest } }));
      }
      if (view.plan.needs_approval) setStage("Starting the job…");
      const header = { "idempotency-key": key.current };
      unanswered.current = true;
      const answer = await client.POST("/api/plans/{plan_id}/run", { params: { path, header } });
      unanswered.current = false;
      return unwrap(Promise.resolve(answer));
    },
    onSuccess: (job) => {
      key.current = crypto.randomUUID();
      return navigate({ to: "/jobs/$jobId", params: { jobId: job.id } });
    },
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ["plan", id] });
      void queries.invalidateQueries({ queryKey: ["plans"] });
      void queries.invalidateQueries({ queryKey: ["jobs"] });
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
