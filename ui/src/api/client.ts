// SPDX-License-Identifier: Apache-2.0
// The typed client; every failure becomes a ProblemError that says what is wrong and what to do.
import createClient from "openapi-fetch";
import type { paths } from "./schema";
import type { Problem } from "./types";

export const client = createClient<paths>();

export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail || problem.title);
    this.problem = problem;
  }
}

const UNREACHABLE: Problem = {
  type: "urn:opsconductor:problem:no-server",
  title: "The server does not answer.",
  status: 0,
  code: "no-server",
  detail: "The server does not answer.",
  remedy: "Is `opsc serve` still running? This page tries again by itself.",
};

/** Any error as a problem that can be shown. */
export function asProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  return UNREACHABLE;
}

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The data of an answer; throws a ProblemError when there is none. */
export async function unwrap<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (response.ok) return data as T;
  const problem = error as Partial<Problem> | undefined;
  throw new ProblemError({ ...UNREACHABLE, status: response.status, ...problem } as Problem);
}
