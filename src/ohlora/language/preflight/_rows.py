"""Faults of the data as a model sees it: answers cut off or gone, ends never trained, markers lost, rows in both splits."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence

from ohlora.language.data import TASKS, Data, Dialogue, Task
from ohlora.language.encoding import IGNORED, NAME, Row, collate, end_token, pad_token, pieces
from ohlora.language.preflight._report import Finding, rows_text
from ohlora.language.preflight._subject import Subject, mended
from ohlora.language.prompt import EXPRESSION, MEMO, SUMMARY, USER, stop_strings

_KO: dict[Task, str] = {"reply": "대답", "expression": "표정", "memory": "메모", "summary": "요약"}


def check_data(data: Data, tasks: Collection[Task], whole: bool) -> Iterator[Finding]:
    """Findings that need no model. `whole`: all tasks were asked for together, so one may lack labels."""
    train, valid = data.split("train"), data.split("valid")
    if not train:
        yield Finding(
            "data-no-train", "error",
            (f"no row is for training: {len(valid)} are marked valid", f"학습용 행이 없습니다. {len(valid)}행이 모두 검증용입니다"),
            ("mark rows as train (data_type or split)", "행을 train으로 표시하세요(data_type 또는 split)"), data.path.name,
        )  # fmt: skip
    for task in TASKS:
        if task in tasks and train and not any(row.serves(task) for row in train):
            yield Finding(
                "data-not-labelled", "info" if whole else "error",
                (f"no training row is labelled for the task {task}: there is nothing to learn",
                 f"{_KO[task]}(--task {task}) 라벨이 있는 학습 행이 없어 배울 것이 없습니다"),
                (f"label rows ({'eyes, mouth, pose' if task == 'expression' else task}), or choose another --task",
                 f"행에 라벨({'eyes, mouth, pose' if task == 'expression' else task})을 달거나 다른 --task를 고르세요"),
                data.path.name,
            )  # fmt: skip
    if train and not valid:
        yield Finding(
            "data-no-validation", "info",
            ("no row is kept for validation", "검증용 행이 없습니다"),
            ("mark some rows as valid to see when training should stop", "멈출 때를 알 수 있게 일부를 valid로 표시하세요"), data.path.name,
        )  # fmt: skip
    if "memory" in tasks:
        yield from _memory(data, train)
    yield from _leak(data, train, valid)
    yield from _markers(data)


def _memory(data: Data, train: Sequence[Dialogue]) -> Iterator[Finding]:
    labelled = [row for row in train if row.memory is not None]
    if data.unread:
        numbers = [number for number, _ in data.unread]
        yield Finding(
            "data-memory-form", "warning",
            (f"{len(numbers)} memories are no [key: value] and count as not labelled, e.g. {data.unread[0][1][:40]!r}",
             f"기억 {len(numbers)}개가 [항목: 값] 꼴이 아니라 라벨 없음으로 봅니다. 예: {data.unread[0][1][:40]!r}"),
            ("write them as [key: value], nothing to keep as 없음", "[항목: 값]으로, 없으면 없음으로 쓰세요"),
            f"{data.path.name}: {rows_text(numbers, data.unit)}",
        )  # fmt: skip
    if len(labelled) > 20 and all(row.memory for row in labelled):
        yield Finding(
            "data-memory-always", "warning",
            (f"all {len(labelled)} rows labelled for memory hold a fact: nothing teaches when to keep nothing",
             f"기억 라벨이 있는 {len(labelled)}행 모두에 사실이 있어, 기억하지 않을 때를 배울 수 없습니다"),
            ("write 없음 where there is nothing to keep", "기억할 것이 없는 행에 없음을 쓰세요"), data.path.name,
        )  # fmt: skip


def _leak(data: Data, train: Sequence[Dialogue], valid: Sequence[Dialogue]) -> Iterator[Finding]:
    seen = {(_plain(row.input), _plain(row.reply), _context(row)): row.number for row in reversed(train)}
    twins = [
        (row.number, seen[key])
        for row in valid
        if (key := (_plain(row.input), _plain(row.reply), _context(row))) in seen
    ]
    if twins:
        share = len(twins) / len(valid)
        numbers = [number for number, _ in twins]
        yield Finding(
            "data-leak", "error",
            (f"{len(twins)} of {len(valid)} validation rows ({share:.0%}) are training rows too, e.g. {data.unit} {twins[0][0]} is {data.unit} "
             f"{twins[0][1]}: the validation loss would praise learning by heart",
             f"검증 {len(valid)}행 중 {len(twins)}행({share:.0%})이 학습에도 있습니다(예: {twins[0][0]} = {twins[0][1]}). "
             "검증 손실이 외운 것을 칭찬하게 됩니다"),
            ("take them out of one of the two; --fix DIR takes them out of validation", "한쪽에서 빼세요. --fix DIR은 검증에서 뺍니다"),
            f"{data.path.name}: {rows_text(numbers, data.unit)}",
        )  # fmt: skip


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold()) or text


def _context(row: Dialogue) -> str:
    return repr((row.history, row.now, row.recalled, row.previous))


def _markers(data: Data) -> Iterator[Finding]:
    """A reply that holds a marker is cut there when it is served."""
    marks = [mark for mark in stop_strings(NAME) if mark.strip()]
    held = [row.number for row in data.rows if any(mark in row.reply for mark in marks)]
    if held:
        yield Finding(
            "marker-in-answer", "warning",
            (f"{len(held)} replies hold a speaker's marker ({', '.join(marks)}): served replies stop there",
             f"대답 {len(held)}개에 화자 표시({', '.join(marks)})가 있습니다. 실제 대화에서는 거기서 멈춥니다"),
            ("take it out of the reply", "대답에서 지우세요"), f"{data.path.name}: {rows_text(held, data.unit)}",
        )  # fmt: skip


def check_encoded(
    subject: Subject,
    data: Data,
    encoded: Sequence[tuple[int, Row]],
    tasks: Collection[Task],
    max_length: int,
    given: bool,
) -> Iterator[Finding]:
    """Findings on what training sees of the rows. `given`: the length limit was asked for."""
    yield from _length(subject, data, encoded, max_length)
    yield from _cut(data, encoded, max_length, given)
    yield from _trained_ends(subject, data, encoded)
    yield from _answer_markers(subject, data, tasks)
    yield from _batch(subject, data, encoded)


def _length(subject: Subject, data: Data, encoded: Sequence[tuple[int, Row]], max_length: int) -> Iterator[Finding]:
    positions = subject.positions
    if positions is None:
        return
    long = [number for number, row in encoded if min(row.length, max_length) > positions]
    if long:
        longest = max(row.length for _, row in encoded)
        yield Finding(
            "sequence-too-long", "error",
            (f"{len(long)} of {len(encoded)} rows have more tokens (up to {longest:,}) than the model has positions ({positions:,})",
             f"{len(encoded)}행 중 {len(long)}행의 토큰(최대 {longest:,}개)이 모델의 위치 {positions:,}개보다 많습니다"),
            (f"give --max-length {positions}, shorten these rows, or correct max_position_embeddings if it is wrong",
             f"--max-length {positions}을(를) 주거나 행을 줄이거나, 틀렸다면 max_position_embeddings를 고치세요"),
            f"{data.path.name}: {rows_text(long, data.unit)}",
        )  # fmt: skip


def _cut(data: Data, encoded: Sequence[tuple[int, Row]], max_length: int, given: bool) -> Iterator[Finding]:
    gone = [number for number, row in encoded if row.answer and row.lost == row.answer]
    bare = [number for number, row in encoded if not row.answer]
    cut = [(number, row) for number, row in encoded if 0 < row.lost < row.answer]
    if bare or gone:
        numbers = [*bare, *gone]
        why, warum = (
            (f": {max_length} tokens are over before it begins", f": {max_length}토큰 안에 대답이 시작되지 않습니다")
            if gone
            else ("", "")
        )
        yield Finding(
            "completion-empty", "error",
            (f"{len(numbers)} of {len(encoded)} rows have nothing left to learn: the whole answer is masked or cut off{why}",
             f"{len(encoded)}행 중 {len(numbers)}행은 대답이 모두 가려지거나 잘려 배울 것이 없습니다{warum}"),
            ("give a larger --max-length, or shorten what stands before the answer", "--max-length를 늘리거나 대답 앞의 글을 줄이세요"),
            f"{data.path.name}: {rows_text(numbers, data.unit)}",
        )  # fmt: skip
    if cut:
        lost, answer = sum(row.lost for _, row in cut), sum(row.answer for _, row in cut)
        often = len(cut) * 100 > len(encoded)
        need = max(row.length for _, row in encoded)
        limit, grenze = ("--max-length", "--max-length") if given else ("the limit", "한도")
        yield Finding(
            "truncated", "error" if often else "warning",
            (f"{len(cut)} of {len(encoded)} rows are longer than {limit} {max_length:,} and lose {lost / answer:.0%} of their answers: "
             "the model learns to stop in mid-sentence",
             f"{len(encoded)}행 중 {len(cut)}행이 {grenze} {max_length:,}보다 길어 대답의 {lost / answer:.0%}를 잃습니다. "
             "문장 중간에서 끝내는 법을 배우게 됩니다"),
            (f"give --max-length {need}, or shorten these rows", f"--max-length {need}을(를) 주거나 행을 줄이세요"),
            f"{data.path.name}: {rows_text([number for number, _ in cut], data.unit)}",
        )  # fmt: skip


def _trained_ends(subject: Subject, data: Data, encoded: Sequence[tuple[int, Row]]) -> Iterator[Finding]:
    """The share of rows whose last label is the end; what an end token that is missing means is `end-missing`."""
    end = end_token(subject.tokenizer, subject.config)
    learned = [(number, row) for number, row in encoded if any(label != IGNORED for label in row.labels)]
    if end is None or not learned:
        return
    without = [number for number, row in learned if row.labels[-1] != end]
    if without:
        share = 1 - len(without) / len(learned)
        yield Finding(
            "end-untrained", "error",
            (f"only {share:.0%} of the rows teach the end of text", f"글의 끝을 가르치는 행이 {share:.0%}뿐입니다"),
            ("give a larger --max-length, or shorten these rows", "--max-length를 늘리거나 행을 줄이세요"),
            f"{data.path.name}: {rows_text(without, data.unit)}",
        )  # fmt: skip


def _answer_markers(subject: Subject, data: Data, tasks: Collection[Task]) -> Iterator[Finding]:
    """Where an answer begins must still read `오로라:` (표정:, 메모:, 요약:) after tokenisation, or it means nothing there."""
    tokenizer, marks = subject.tokenizer, {"reply": NAME, "expression": EXPRESSION, "memory": MEMO, "summary": SUMMARY}
    lost = set()
    for mark in [f"{USER}:", *(f"{marks[task]}:" for task in TASKS if task in tasks)]:
        ids = tokenizer(f"가\n{mark}", add_special_tokens=False)["input_ids"]
        back = str(tokenizer.decode(ids, clean_up_tokenization_spaces=False))
        if not "".join(back.split()).endswith(mark):
            lost.add(mark)
    first = next((row for row in data.rows), None)
    if lost and first is not None:
        told = "".join(piece.text for piece in pieces(first, tasks=tasks))[:30]
        named = ", ".join(sorted(lost))
        yield Finding(
            "marker-not-found", "error",
            (f"the markers {named} are not found again after tokenisation (of {told!r} …): where an answer begins cannot be learned",
             f"표시 {named}이(가) 토큰으로 바꾸면 사라집니다({told!r} …). 대답이 어디서 시작하는지 배울 수 없습니다"),
            ("choose a model whose tokenizer knows Korean and the colon", "한글과 쌍점을 아는 토크나이저의 모델을 쓰세요"), "tokenizer",
        )  # fmt: skip


def _batch(subject: Subject, data: Data, encoded: Sequence[tuple[int, Row]]) -> Iterator[Finding]:
    """A real batch: shortest and longest row side by side, so that it is padded."""
    rows = subject.rows
    ordered = sorted((row for _, row in encoded), key=lambda row: len(row.ids))
    if rows is None or not ordered:
        return
    batch = collate([ordered[0], ordered[-1]], pad_token(subject.tokenizer, subject.config))
    padding = batch.ids[~batch.mask]
    if padding.size and not ((padding >= 0) & (padding < rows)).all():
        yield Finding(
            "pad-id", "error",
            (f"a real batch is padded with the id {int(padding[0]):,}, which is no embedding row (0–{rows - 1:,})",
             f"실제 묶음이 임베딩(0–{rows - 1:,}) 밖의 번호 {int(padding[0]):,}(으)로 채워집니다"),
            mended(subject), "batch",
        )  # fmt: skip
