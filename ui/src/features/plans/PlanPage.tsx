// SPDX-License-Identifier: Apache-2.0
import { Center, Loader, Stack } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { planQuery } from "../../api/queries";
import { ProblemPage } from "../../components/ProblemPage";
import { PlanCard } from "./PlanCard";

export function PlanPage({ id }: { id: string }) {
  const plan = useQuery(planQuery(id));
  useDocumentTitle(`${plan.data?.plan.title || "Plan"} · OpsConductor`);
  if (plan.isPending) {
    return (
      <Center py={80}>
        <Loader aria-label="Loading the plan" />
      </Center>
    );
  }
  if (plan.isError) return <ProblemPage title="Plan" error={plan.error} retry={() => plan.refetch()} />;
  return (
    <Stack maw="64rem" mx="auto">
      <PlanCard view={plan.data} />
    </Stack>
  );
}
