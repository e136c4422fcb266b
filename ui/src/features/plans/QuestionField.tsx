// SPDX-License-Identifier: Apache-2.0
import { Button, Group, Stack, TextInput } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import type { Choice, Question, Template } from "../../api/types";
import { FileUpload } from "../files/FileUpload";
import classes from "./plans.module.css";

/** A free answer as typed, or what an offered choice sets. */
export type Answer = string | Choice["sets"];

type Props = {
  question: Question;
  parameter: Template["parameters"][string] | undefined;
  answer: Answer;
  onAnswer: (answer: Answer) => void;
};

/** One question: its choices as buttons, a field for a free answer, an upload where a file is asked for. */
export function QuestionField({ question, parameter, answer, onAnswer }: Props) {
  const free = typeof answer === "string" ? answer : "";
  const isFile = parameter?.type === "file";
  return (
    <fieldset className={classes.question}>
      <legend>{question.text}</legend>
      <Stack gap="xs" mt="xs">
        {question.choices.length > 0 && (
          <Group gap="xs">
            {question.choices.map((choice) => (
              <ChoiceButton
                key={choice.label}
                choice={choice}
                chosen={answer === choice.sets}
                onChoose={() => onAnswer(answer === choice.sets ? "" : choice.sets)}
              />
            ))}
          </Group>
        )}
        {(question.param || question.id === "targets") && (
          <Group gap="xs" align="end">
            <TextInput
              flex={1}
              miw="16rem"
              label={isFile ? "Name in the file library" : question.param ? "Your answer" : "A group or machines"}
              description={parameter?.description}
              value={free}
              onChange={(event) => onAnswer(event.currentTarget.value)}
            />
            {isFile && <FileUpload onUploaded={onAnswer} />}
          </Group>
        )}
      </Stack>
    </fieldset>
  );
}

function ChoiceButton({ choice, chosen, onChoose }: { choice: Choice; chosen: boolean; onChoose: () => void }) {
  return (
    <Button
      variant={chosen ? "filled" : "default"}
      aria-pressed={chosen}
      leftSection={chosen ? <IconCheck size={16} aria-hidden /> : undefined}
      onClick={onChoose}
    >
      {choice.label}
    </Button>
  );
}
