# SPDX-License-Identifier: Apache-2.0
"""All templates that a clause may have meant, best first, with what the others lacked."""

from opsconductor.domain.explanations import Candidate, Lost
from planner.matching import LONGEST_CLAUSE, ClauseWords, Match, all_matches, match_clause, score_of
from planner.patterns import CompiledPattern, Element, Slot, Words
from planner.tokens import Token
from planner.vocabulary import Vocabulary

#: Candidates that are shown.
MOST = 5


def rank(tokens: tuple[Token, ...], chosen: tuple[Match, ...], vocabulary: Vocabulary) -> tuple[Candidate, ...]:
    """The templates nearest to a clause, at most `MOST`; `chosen` are the readings that became steps."""
    if not tokens or len(tokens) > LONGEST_CLAUSE:
        return ()
    fixed = not any(True for _ in all_matches(tokens, vocabulary, False))
    matched: dict[str, Match] = {}
    for match in all_matches(tokens, vocabulary, fixed):
        known = matched.get(match.template.id)
        if known is None or score_of(match) > score_of(known):
            matched[match.template.id] = match
    best = match_clause(tokens, vocabulary)
    shown = [_matched(m, best, chosen) for m in sorted(matched.values(), key=score_of, reverse=True)]
    shown += [_taken(m) for m in chosen if m.template.id not in matched]
    shown.sort(key=lambda candidate: not candidate.chosen)
    if len(shown) < MOST:
        known_ids = {candidate.intent for candidate in shown}
        shown += _failed(ClauseWords(tokens, vocabulary, True), vocabulary, known_ids)
    return tuple(shown[:MOST])


def _matched(match: Match, best: tuple[Match, ...], chosen: tuple[Match, ...]) -> Candidate:
    score, words, *_ = score_of(match)
    made = Candidate(
        intent=match.template.id,
        title=match.template.title,
        pattern=match.pattern.text,
        score=score,
        words=words,
        fit=match.fit,
    )
    if any(match.template.id == c.template.id for c in chosen):
        return made.model_copy(update={"chosen": True})
    top = score_of(best[0])
    if score_of(match) < top:
        why = (
            f"{score} points against {top[0]}"
            if score < top[0]
            else "as many points, but fewer words or values explained, or a wordier pattern"
        )
        return made.model_copy(update={"lost": Lost.SCORE, "why": why})
    if chosen:
        why = "nothing was named before that it could speak of"
        return made.model_copy(update={"lost": Lost.REFERENCE, "why": why})
    why = f"{len(best)} templates read it equally well" if len(best) > 1 else "it does not say what is denied"
    return made.model_copy(update={"lost": Lost.EQUAL, "why": why})


def _taken(match: Match) -> Candidate:
    """A reading that no pattern gave: of a verb alone, or of a question that records answer."""
    asked = not match.template.needs_targets
    return Candidate(
        intent=match.template.id,
        title=match.template.title,
        pattern="" if asked else "{verb}",
        words=match.words,
        fit=match.fit,
        chosen=True,
        why="a question that records answer, with every word explained"
        if asked
        else "the only template with this verb",
    )


def _failed(clause: ClauseWords, vocabulary: Vocabulary, known: set[str]) -> list[Candidate]:
    """Templates none of whose patterns explains the clause, nearest first."""
    best: dict[str, tuple[tuple[int, int], Candidate]] = {}
    for pattern in vocabulary.candidates(clause.heads):
        if pattern.template.id in known:
            continue
        near, candidate = _failure(pattern, clause)
        if near > best.get(pattern.template.id, ((-1, 0), candidate))[0]:
            best[pattern.template.id] = near, candidate
    ranked = sorted(best.values(), key=lambda found: (*found[0], found[1].intent), reverse=True)
    return [candidate for near, candidate in ranked if near[0] > 0]


def _failure(pattern: CompiledPattern, clause: ClauseWords) -> tuple[tuple[int, int], Candidate]:
    """What keeps a pattern from explaining the clause; first, how many of its tokens it explains at most."""
    reached, covered = 0, 0
    for length in range(len(pattern.elements), 0, -1):
        ends = [end for end, _, _ in clause.walk(pattern, pattern.elements[:length], 0, {}, 0)]
        if ends:
            reached, covered = max(ends), length
            break
    lost, why = _lack(pattern.elements[covered:], clause, reached)
    if negative := sorted(clause.words & set(pattern.template.grammar.negative)):
        lost, why = Lost.NEGATIVE, f"'{negative[0]}' speaks against it"
    candidate = Candidate(
        intent=pattern.template.id, title=pattern.template.title, pattern=pattern.text, lost=lost, why=why
    )
    return (reached, covered - len(pattern.elements)), candidate


def _lack(rest: tuple[Element, ...], clause: ClauseWords, reached: int) -> tuple[Lost, str]:
    missing = next((element for element in rest if not isinstance(element, tuple)), None)
    if isinstance(missing, Slot):
        return Lost.SLOT, f"nothing here can be its {missing.parameter}"
    if isinstance(missing, Words):
        return Lost.WORD, f"'{'|'.join(' '.join(a) for a in missing.alternatives[:4])}' is not said"
    left = " ".join(t.text for t in clause.tokens[reached:])
    return Lost.LEFT_OVER, f"'{left}' would be left over"
