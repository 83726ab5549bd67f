"""Reading dialogue data: both forms mean the same, and what is wrong is named with row and column."""

import csv
import json
from pathlib import Path

import pytest

from ohlora.language import data
from ohlora.language.data import DataError
from ohlora.language.prompt import Fact
from ohlora.personas import Persona

HEADER = ["data_type", "input_data", "output_message", "memory", "summary", "eyes_mouth_pose", "eyes", "mouth", "pose"]
ROW = ["train", "나 고양이 키워", "이름이 뭐예요?", "[반려동물: 고양이]", "고양이 이야기", "", "크게", "보통", "없음"]


def written(path: Path, *rows: list[str], header: list[str] = HEADER, encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def refusal(path: Path) -> DataError:
    with pytest.raises(DataError) as caught:
        data.read(path)
    assert str(path) in caught.value.en
    assert "\n" not in caught.value.en
    assert any("가" <= letter <= "힣" for letter in caught.value.ko)
    return caught.value


def test_the_personas_own_file(persona: Persona) -> None:
    read = data.read(persona.folder / "dialogue" / "examples.jsonl")
    assert read.form == "jsonl"
    assert len(read.rows) > 1000
    assert all(row.serves("reply") and row.serves("expression") for row in read.rows)
    assert any(row.history for row in read.rows)
    assert any(row.now for row in read.rows)


def test_both_forms_mean_the_same(tmp_path: Path) -> None:
    table = data.read(written(tmp_path / "a.csv", ROW, ["valid", "응", "네!", "", "", "", "", "", ""]))
    lines = [
        {"input": ROW[1], "reply": ROW[2], "memory": ROW[3], "summary": ROW[4], "eyes": "large", "mouth": "normal", "pose": "none"},
        {"data_type": "valid", "input_data": "응", "output_message": "네!", "memory": "", "eyes": None},
    ]  # fmt: skip
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    told = data.read(tmp_path / "a.jsonl")
    assert [row.number for row in told.rows] == [1, 2]
    assert [row.number for row in table.rows] == [2, 3]
    for one, other in zip(table.rows, told.rows, strict=True):
        assert {**vars(one), "number": 0} == {**vars(other), "number": 0}
    assert table.rows[0].memory == (Fact("반려동물", "고양이"),)
    assert table.rows[1].memory is None, "an empty cell is not labelled"
    assert not table.rows[1].labels
    assert [row.split for row in table.rows] == ["train", "valid"]


def test_nothing_to_keep_is_not_the_same_as_not_labelled(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"input": "a", "reply": "b", "memory": ""}\n{"input": "a", "reply": "b"}\n')
    assert [row.memory for row in data.read(tmp_path / "a.jsonl").rows] == [(), None]
    table = written(
        tmp_path / "a.csv",
        [*ROW[:3], "없음", *ROW[4:]],
        [*ROW[:3], "이름: 지우", *ROW[4:]],
        [*ROW[:3], "글쎄", *ROW[4:]],
    )
    read = data.read(table)
    assert [row.memory for row in read.rows] == [(), (Fact("이름", "지우"),), None]
    assert read.unread == ((4, "글쎄"),)


@pytest.mark.parametrize(
    "cell",
    ["크게 보통 없음", "눈 크게, 입 보통, 고개 없음", "eyes: wide / mouth: normal / pose: none", "크게_보통_없음"],
)
def test_the_combined_column(tmp_path: Path, cell: str) -> None:
    row = data.read(written(tmp_path / "a.csv", [*ROW[:5], cell, "", "", ""])).rows[0]
    assert row.labels == {"eyes": "크게", "mouth": "보통", "pose": "없음"}
    assert row.serves("expression"), "smile may be missing"
    both = data.read(written(tmp_path / "b.csv", [*ROW[:5], "그냥 글", *ROW[6:]])).rows[0]
    assert both.labels == row.labels, "columns of their own are believed"


def test_a_byte_order_mark_line_ends_and_delimiters_do_not_matter(tmp_path: Path) -> None:
    marked = data.read(written(tmp_path / "a.csv", ROW, encoding="utf-8-sig"))
    with (tmp_path / "b.csv").open("w", newline="") as file:
        csv.writer(file, delimiter=";", lineterminator="\n").writerows([HEADER, ROW, []])
    assert data.read(tmp_path / "b.csv").rows == marked.rows
    (tmp_path / "c.jsonl").write_text('\ufeff{"input": "a", "reply": "b\\u2028c\\n사용자: d"}\r\n\r\n')
    assert data.read(tmp_path / "c.jsonl").rows[0].reply == "b c 사용자: d", "one line, whatever was in it"


def test_cp949_is_recognised_refused_and_read_on_request(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", ROW, encoding="cp949")
    error = refusal(path)
    assert error.code == "data-encoding"
    assert "cp949" in error.en
    assert "iconv -f cp949" in error.en
    read = data.read(path, any_encoding=True)
    assert read.encoding == "cp949"
    assert read.rows[0].input == ROW[1]
    assert "UTF-16" in refusal(written(tmp_path / "b.csv", ROW, encoding="utf-16")).en
    (tmp_path / "c.csv").write_bytes(b"input_data,output_message\n" + bytes(range(128, 256)) * 4)
    assert "line 2" in refusal(tmp_path / "c.csv").en


@pytest.mark.parametrize(
    ("name", "text", "code", "told"),
    [
        ("a.csv", "", "data-empty", "is empty"),
        ("a.jsonl", " \n", "data-empty", "is empty"),
        ("a.csv", ",".join(HEADER), "data-empty", "no rows"),
        ("a.csv", "question,answer\na,b\n", "data-columns", "input_data (input)"),
        ("a.csv", "input_data,eyes\na,크게\n", "data-columns", "output_message (reply)"),
        ("a.jsonl", '{"input": "a"}', "data-columns", "reply (output_message)"),
        ("a.csv", "input_data,output_message,input\na,b,c\n", "data-columns", "two columns"),
        ("a.csv", 'input_data,output_message\na,"b\n', "data-format", "quotation mark"),
        ("a.csv", "input_data,output_message\na,b, c\n", "data-format", "row 2: 3 cells"),
        ("a.csv", "input_data,output_message\na,b\n,c\n", "data-cell", "row 3, column input_data"),
        ("a.csv", "input_data,output_message\na, \n", "completion-empty", "row 2, column output_message"),
        ("a.csv", "input_data,output_message,mouth\na,b,보통\na,b,작게\na,b,?\n", "data-label", "row 3, column mouth: is '작게'"),
        ("a.csv", "input_data,output_message,mouth\na,b,작게\na,b,?\n", "data-label", "(1 more rows are wrong)"),
        ("a.csv", "input_data,output_message,eyes_mouth_pose\na,b,크게 크게\n", "data-label", "column eyes_mouth_pose"),
        ("a.csv", "input_data,output_message,data_type\na,b,later\n", "data-label", "row 2, column data_type"),
        ("a.jsonl", '{"input": "a", "reply": "b"}\n{"input": "a", "reply": 3}', "data-cell", "line 2, column reply: is 3"),
        ("a.jsonl", '{"input": "a", "reply": "b"}\n{"input" "a"}', "data-format", "line 2, column 10"),
        ("a.jsonl", '[{"input": "a", "reply": "b"}]', "data-format", "one JSON array"),
        ("a.jsonl", '{"input": "a", "reply": "b", "history": [["a"]]}', "data-cell", "column history"),
        ("a.jsonl", '{"input": "a", "reply": "b"}\n"c"', "data-format", "line 2: is a str"),
        ("a.csv", "input_data,output_message\na,b\0\n", "data-unreadable", "NUL"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, name: str, text: str, code: str, told: str) -> None:
    (tmp_path / name).write_text(text)
    error = refusal(tmp_path / name)
    assert (error.code, told in error.en) == (code, True), error.en


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "nowhere.csv").en
    assert "folder" in refusal(tmp_path).en


def test_a_number_that_is_too_long_and_a_file_without_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.jsonl").write_text('{"input": "a", "reply": ' + "9" * 10_000 + "}")
    assert "line 1, column 1: not JSON (a number is too long)" in refusal(tmp_path / "a.jsonl").en
    (tmp_path / "b.jsonl").write_text('{"input": "a", "reply": ' + "[" * 100_000)
    assert "not JSON (nested too deeply)" in refusal(tmp_path / "b.jsonl").en
    monkeypatch.setattr(data, "_MAX_BYTES", 1000)
    assert "it has over 1,000 bytes" in refusal(Path("/dev/zero")).en
