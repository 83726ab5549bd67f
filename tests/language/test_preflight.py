"""Preflight: every fault is named and no healthy pair is blamed. Models are made small and real, one fault each.

`FAULTS` and `HEALTHY` are functions that spoil (or vary) a fresh model folder and its data; each says what must come out.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ohlora.errors import InputError
from ohlora.language import preflight
from ohlora.language.encoding import collate, encode, end_token, pad_token, pieces

from . import models
from .models import rewrite, rewrite_weights

torch = pytest.importorskip("torch", reason="needs the extra train")

LABELS = {"eyes": "크게", "mouth": "보통", "pose": "없음", "smile": "약간"}


def dialogues(count: int = 24) -> list[dict[str, Any]]:
    told = models.texts()
    half = len(told) // 2
    rows = [
        {"input": told[i], "reply": told[half + i], **LABELS, "memory": "", "summary": "이야기"}
        for i in range(0, count * 40, 40)
    ]
    return [{**row, "split": "valid" if number % 6 == 5 else "train"} for number, row in enumerate(rows)]


@dataclass
class Pair:
    """A model folder and a data file that may be spoiled, and how preflight is asked."""

    model: Path
    data: Path
    rows: list[dict[str, Any]]
    options: dict[str, Any]

    def check(self) -> preflight.Report:
        if self.rows:
            self.data.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in self.rows))
        return preflight.check(self.model, self.data, **self.options)

    def new_model(self, architecture: str = "llama", **settings: Any) -> None:
        shutil.rmtree(self.model)
        models.model_folder(self.model, architecture, **settings)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.model_folder(tmp_path_factory.mktemp("models") / "llama")


@pytest.fixture
def pair(whole: Path, tmp_path: Path) -> Pair:
    shutil.copytree(whole, tmp_path / "model")
    return Pair(tmp_path / "model", tmp_path / "data.jsonl", dialogues(), {"tasks": ("reply",), "device": "cpu"})


Spoil = Callable[[Pair], None]
FAULTS: dict[str, tuple[str, str, Spoil]] = {}
"""Name → code, what the message names, how it is made."""


def fault(code: str, told: str = "") -> Callable[[Spoil], Spoil]:
    def keep(spoil: Spoil) -> Spoil:
        FAULTS[spoil.__name__] = (code, told, spoil)
        return spoil

    return keep


# ---- token ids and embedding


@fault("token-id", "'<|endoftext|>' has the id 600, but the model has 600 embedding rows")
def korean_lm(pair: Pair) -> None:
    shutil.rmtree(pair.model)
    models.korean_lm(pair.model)


@fault("token-id", "first in line 3")
def a_word_without_a_row(pair: Pair) -> None:
    tokenizer = models.tokenizer()
    tokenizer.add_tokens(["오로라공주"])
    tokenizer.save_pretrained(pair.model)
    pair.rows[2]["reply"] = "오로라공주라고 불러 주세요!"


@fault("tokenizer-larger", "600 rows")
def a_tokenizer_of_another_model(pair: Pair) -> None:
    models.tokenizer(700).save_pretrained(pair.model)


@fault("labels-range", "the output layer has 300 rows, the input embedding 600")
def an_output_layer_that_is_too_low(pair: Pair) -> None:
    def lower(tensors: dict[str, Any]) -> None:
        tensors["lm_head.weight"] = tensors["lm_head.weight"][:300].clone()

    rewrite_weights(pair.model, lower)


@fault("weights-shape", "model.embed_tokens.weight (590, 32) in the file, (600, 32) in the model")
def an_embedding_that_is_too_low(pair: Pair) -> None:
    def lower(tensors: dict[str, Any]) -> None:
        tensors["model.embed_tokens.weight"] = tensors["model.embed_tokens.weight"][:590].clone()

    rewrite_weights(pair.model, lower)


@fault("weights-shape", "model.embed_tokens.weight")
def a_vocabulary_size_that_is_not_the_weights(pair: Pair) -> None:
    rewrite(pair.model / "config.json", vocab_size=640)


# ---- padding and ends


@fault("pad-id", "config.json is -1, which is negative")
def a_negative_padding_id(pair: Pair) -> None:
    rewrite(pair.model / "config.json", pad_token_id=-1)


@fault("pad-id", "config.json is 600, which is beyond")
def a_padding_id_beyond_the_rows(pair: Pair) -> None:
    rewrite(pair.model / "config.json", pad_token_id=600)


@fault("pad-id", "tokenizer is 600")
def a_padding_token_without_a_row(pair: Pair) -> None:
    models.tokenizer(pad="<|채움|>").save_pretrained(pair.model)


@fault("pad-id", "a real batch is padded with the id -1")
def a_negative_padding_id_and_no_padding_token(pair: Pair) -> None:
    models.tokenizer(pad=None).save_pretrained(pair.model)
    rewrite(pair.model / "config.json", pad_token_id=-1)


@fault("end-missing", "names no end-of-text token")
def no_end_token(pair: Pair) -> None:
    rewrite(pair.model / "tokenizer_config.json", eos_token=None)


@fault("end-id", "5,000 of config.json is no embedding row")
def an_end_id_beyond_the_rows(pair: Pair) -> None:
    rewrite(pair.model / "config.json", eos_token_id=5000)


# ---- lengths


@fault("sequence-too-long", "than the model has positions (16)")
def a_position_table_that_is_too_short(pair: Pair) -> None:
    rewrite(pair.model / "config.json", max_position_embeddings=16)


@fault("sequence-too-long", "1 of 24 rows")
def one_row_beyond_a_learned_position_table(pair: Pair) -> None:
    pair.new_model("gpt2", positions=128)
    pair.rows[7]["reply"] = "그래서 말이에요, " * 60


@fault("truncated", "of their answers")
def answers_longer_than_the_limit(pair: Pair) -> None:
    pair.options["max_length"] = 40


@fault("completion-empty", "16 tokens are over before it begins")
def questions_longer_than_the_limit(pair: Pair) -> None:
    for row in pair.rows:
        row["input"] = "있잖아, " * 20
    pair.options["max_length"] = 16


# ---- tokenizer


@fault("token-type-ids", "GPTNeoXForCausalLM does not take")
def token_types_for_a_model_that_takes_none(pair: Pair) -> None:
    pair.new_model("gpt_neox")
    names = ["input_ids", "token_type_ids", "attention_mask"]
    rewrite(pair.model / "tokenizer_config.json", model_input_names=names)


@fault("round-trip", "Korean does not survive")
def a_tokenizer_without_korean(pair: Pair) -> None:
    from tokenizers import Tokenizer, pre_tokenizers, trainers
    from tokenizers import models as kinds
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(kinds.WordLevel(unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    words.train_from_iterator(
        ["사용자: 오로라: hello"], trainers.WordLevelTrainer(special_tokens=models.SPECIAL, show_progress=False)
    )
    PreTrainedTokenizerFast(
        tokenizer_object=words, bos_token="<s>", eos_token="</s>", unk_token="<unk>", pad_token="<pad>"
    ).save_pretrained(pair.model)


@fault("round-trip", "comes back as")
def a_tokenizer_that_takes_accents_and_jamo_away(pair: Pair) -> None:
    from tokenizers import normalizers

    tokenizer = models.tokenizer()
    tokenizer.backend_tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFD(), normalizers.Replace("ᆼ", "")]  # a final consonant goes missing
    )
    tokenizer.save_pretrained(pair.model)


@fault("round-trip", "comes back decomposed (NFD): '")
def a_tokenizer_that_takes_syllables_apart(pair: Pair) -> None:
    from tokenizers import normalizers

    tokenizer = models.tokenizer()
    tokenizer.backend_tokenizer.normalizer = normalizers.NFD()
    tokenizer.save_pretrained(pair.model)


@fault("round-trip", "Korean does not survive")
def a_tokenizer_that_puts_spaces_into_words(pair: Pair) -> None:
    from tokenizers import Tokenizer, pre_tokenizers, trainers
    from tokenizers import models as kinds
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(kinds.BPE(unk_token="<unk>"))
    bpe.pre_tokenizer = pre_tokenizers.Whitespace()
    bpe.train_from_iterator(
        models.texts(), trainers.BpeTrainer(vocab_size=1500, special_tokens=models.SPECIAL, show_progress=False)
    )
    pair.new_model(rows=1500)
    PreTrainedTokenizerFast(
        tokenizer_object=bpe, bos_token="<s>", eos_token="</s>", unk_token="<unk>", pad_token="<pad>"
    ).save_pretrained(pair.model)


@fault("tokenizer-unreadable", "cannot be loaded")
def a_damaged_tokenizer(pair: Pair) -> None:
    file = pair.model / "tokenizer.json"
    file.write_text(file.read_text()[:500])


@fault("marker-not-found", "오로라:")
def a_tokenizer_without_the_colon(pair: Pair) -> None:
    from tokenizers import normalizers

    tokenizer = models.tokenizer()
    tokenizer.backend_tokenizer.normalizer = normalizers.Replace(":", " ")
    tokenizer.save_pretrained(pair.model)


@fault("special-split", "'<|im_end|>' is meant as one token but is read as")
def a_control_token_the_tokenizer_does_not_know(pair: Pair) -> None:
    for row in pair.rows:
        row["reply"] += "<|im_end|>"


@fault("chat-template", "different chat templates")
def two_chat_templates(pair: Pair) -> None:
    rewrite(pair.model / "tokenizer_config.json", chat_template="{{ messages[0]['content'] }}")
    (pair.model / "chat_template.jinja").write_text("### {{ messages[0]['content'] }}")


# ---- weights and configuration


@fault("weights-missing", "model.layers.1.mlp.down_proj.weight")
def a_tensor_is_missing(pair: Pair) -> None:
    rewrite_weights(pair.model, lambda tensors: tensors.pop("model.layers.1.mlp.down_proj.weight"))


@fault("weights-missing", "lm_head.weight")
def an_output_layer_that_is_not_tied_and_not_there(pair: Pair) -> None:
    rewrite_weights(pair.model, lambda tensors: tensors.pop("lm_head.weight"))


@fault("weights-unexpected", "model.layers.1")
def more_layers_in_the_file_than_in_the_configuration(pair: Pair) -> None:
    rewrite(pair.model / "config.json", num_hidden_layers=1, layer_types=None)


@fault("weights-file", "model-00002-of-00002.safetensors")
def a_shard_is_missing(pair: Pair) -> None:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(pair.model)
    (pair.model / "model.safetensors").unlink()
    model.save_pretrained(pair.model, max_shard_size="150KB")
    (pair.model / "model-00002-of-00002.safetensors").unlink()


@fault("weights-file", "model.safetensors is cut off: it holds")
def a_file_that_is_cut_off(pair: Pair) -> None:
    file = pair.model / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1000])


@fault("weights-file", "holds no weights")
def no_weights(pair: Pair) -> None:
    (pair.model / "model.safetensors").unlink()


@fault("weights-not-finite", "model.layers.0.mlp.up_proj.weight hold NaN")
def a_weight_is_not_a_number(pair: Pair) -> None:
    def spoil(tensors: dict[str, Any]) -> None:
        tensors["model.layers.0.mlp.up_proj.weight"][3, 4] = float("nan")

    rewrite_weights(pair.model, spoil)


@fault("weights-not-finite", "the weights of model.embed_tokens.weight hold NaN or infinity")
def infinity_in_a_row_no_text_uses(pair: Pair) -> None:
    def spoil(tensors: dict[str, Any]) -> None:
        tensors["model.embed_tokens.weight"][0, 5] = float("inf")

    rewrite_weights(pair.model, spoil)


@fault("weights-file", "model.safetensors.index.json cannot be read as JSON")
def a_damaged_index(pair: Pair) -> None:
    (pair.model / "model.safetensors.index.json").write_text("{")


@fault("config-invalid", "model_type")
def no_model_type(pair: Pair) -> None:
    rewrite(pair.model / "config.json", model_type=None)


@fault("config-invalid", "multiple of the number of attention heads")
def widths_that_do_not_fit(pair: Pair) -> None:
    rewrite(pair.model / "config.json", hidden_size=33)


@fault("architecture", "no causal language model")
def a_model_that_reads_but_does_not_write(pair: Pair) -> None:
    from transformers import T5Config

    T5Config(vocab_size=600, d_model=16, num_layers=1).save_pretrained(pair.model)


def bert(pair: Pair, kind: str) -> None:
    import transformers

    config = transformers.BertConfig(
        vocab_size=600, hidden_size=32, intermediate_size=48, num_hidden_layers=1, num_attention_heads=2, pad_token_id=3
    )
    (pair.model / "model.safetensors").unlink()
    getattr(transformers, kind)(config).save_pretrained(pair.model)


@fault("architecture", "BertForMaskedLM is no causal language model")
def an_encoder_that_fills_in_gaps(pair: Pair) -> None:
    bert(pair, "BertForMaskedLM")


@fault("architecture", "BertModel is no causal language model")
def an_encoder_without_a_head(pair: Pair) -> None:
    bert(pair, "BertModel")


@fault("family", "does not know the layers of gpt2 models")
def a_family_that_training_does_not_know(pair: Pair) -> None:
    pair.new_model("gpt2")


@fault("tokenizer-unreadable", "tokenizer_config.json cannot be read as JSON")
def a_damaged_tokenizer_configuration(pair: Pair) -> None:
    (pair.model / "tokenizer_config.json").write_text("{")


@fault("dtype", "quantised (float8_e4m3fn)")
def weights_in_eight_bits(pair: Pair) -> None:
    def halve(tensors: dict[str, Any]) -> None:
        tensors.update({name: tensor.to(torch.float8_e4m3fn) for name, tensor in tensors.items()})

    rewrite_weights(pair.model, halve)
    rewrite(pair.model / "config.json", dtype="float8_e4m3fn")


@fault("dtype", "quantised (gptq)")
def quantised_weights(pair: Pair) -> None:
    rewrite(pair.model / "config.json", quantization_config={"quant_method": "gptq", "bits": 4})


@fault("dtype", "float8_e4m3fn")
def a_type_the_processor_does_not_have(pair: Pair) -> None:
    rewrite(pair.model / "config.json", dtype="float8_e4m3fn")


@fault("memory", "GB are free")
def a_model_that_does_not_fit_into_memory(pair: Pair) -> None:
    rewrite(
        pair.model / "config.json",
        hidden_size=1 << 15,
        intermediate_size=1 << 17,
        num_hidden_layers=40,
        layer_types=None,
    )


@fault("adapter-targets", "c_attn match no module of LlamaForCausalLM")
def targets_that_match_nothing(pair: Pair) -> None:
    pair.options["targets"] = ("q_proj", "c_attn")


@fault("adapter-targets", "query_key_value")
def an_adapter_of_another_architecture(pair: Pair) -> None:
    pair.options["adapter"] = pair.data.parent / "adapter"
    pair.options["adapter"].mkdir()
    rewrite(pair.options["adapter"] / "adapter_config.json", target_modules=["query_key_value"])


@fault("adapter-base", "another base (other/base): model.layers.0.mlp.up_proj is (48, 32) here, lora_A is (4, 64)")
def an_adapter_of_another_width(pair: Pair) -> None:
    from safetensors.torch import save_file

    pair.options["adapter"] = folder = pair.data.parent / "adapter"
    folder.mkdir()
    rewrite(folder / "adapter_config.json", target_modules=["up_proj"], base_model_name_or_path="other/base")
    name = "base_model.model.model.layers.0.mlp.up_proj.lora_A.weight"
    save_file({name: torch.zeros(4, 64)}, folder / "adapter_model.safetensors")


# ---- data


@fault("data-leak", "line 6 is line 1")
def a_row_in_both_splits(pair: Pair) -> None:
    pair.rows[5] = {**pair.rows[0], "split": "valid"}


@fault("data-no-train", "no row is for training")
def nothing_to_train_on(pair: Pair) -> None:
    for row in pair.rows:
        row["split"] = "valid"


@fault("data-not-labelled", "for the task memory")
def a_task_without_labels(pair: Pair) -> None:
    for row in pair.rows:
        del row["memory"]
    pair.options["tasks"] = ("memory",)


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_named(name: str, pair: Pair) -> None:
    code, told, spoil = FAULTS[name]
    spoil(pair)
    report = pair.check()
    found = {finding.code: finding for finding in report.errors}
    assert code in found, [(finding.code, finding.message[0]) for finding in report.findings]
    assert any(told in f.message[0] for f in report.errors if f.code == code), [f.message[0] for f in report.errors]
    assert not report.ok
    for finding in report.findings:
        assert "\n" not in finding.message[0]
        assert finding.remedy[0]
        assert any("가" <= letter <= "힣" for letter in finding.message[1])
        json.dumps(finding.as_json())
    assert len(found) <= 3, f"one fault, not a flood: {sorted(found)}"


HEALTHY: dict[str, Spoil] = {}


def healthy(vary: Spoil) -> Spoil:
    HEALTHY[vary.__name__] = vary
    return vary


@healthy
def as_it_is(pair: Pair) -> None:
    pass


@healthy
def gemma(pair: Pair) -> None:
    pair.new_model("gemma3", tied=True)


@healthy
def neox(pair: Pair) -> None:
    pair.new_model("gpt_neox")


@healthy
def qwen2_tied(pair: Pair) -> None:
    pair.new_model("qwen2", tied=True)


@healthy
def qwen3_untied(pair: Pair) -> None:
    pair.new_model("qwen3")


@healthy
def a_padded_vocabulary(pair: Pair) -> None:
    pair.new_model(rows=1024)


@healthy
def padding_that_is_the_end_of_text(pair: Pair) -> None:
    pair.new_model(vocabulary=models.tokenizer(pad="</s>"), pad_token_id=2)


@healthy
def one_special_token_for_everything(pair: Pair) -> None:
    tokenizer = models.tokenizer(pad="</s>")
    tokenizer.bos_token = tokenizer.unk_token = "</s>"
    pair.new_model("gpt_neox", vocabulary=tokenizer, bos_token_id=2, pad_token_id=2)


@healthy
def added_tokens_within_the_rows(pair: Pair) -> None:
    tokenizer = models.tokenizer()
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    pair.new_model(rows=640, vocabulary=tokenizer)
    (pair.model / "chat_template.jinja").write_text("<|im_start|>{{ messages[0]['content'] }}<|im_end|>")


@healthy
def a_row_of_exactly_the_limit(pair: Pair) -> None:
    tokenizer = models.tokenizer()
    lengths = [len(encode(tokenizer, pieces(_dialogue(row), tasks=("reply",)), end=2).ids) for row in pair.rows]
    pair.options["max_length"] = max(lengths)
    pair.new_model(positions=max(lengths))


@healthy
def several_ends_of_which_one_is_the_tokenizers(pair: Pair) -> None:
    rewrite(pair.model / "config.json", eos_token_id=[2, 5])


@healthy
def weights_in_bfloat16_and_shards(pair: Pair) -> None:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(pair.model, dtype=torch.bfloat16)
    (pair.model / "model.safetensors").unlink()
    model.save_pretrained(pair.model, max_shard_size="60KB")
    assert len(list(pair.model.glob("*.safetensors"))) > 1


@healthy
def weights_of_torch_with_the_tables_of_old_versions(pair: Pair) -> None:
    from safetensors.torch import load_file

    tensors = load_file(pair.model / "model.safetensors")
    tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = torch.zeros(8)
    torch.save(tensors, pair.model / "pytorch_model.bin")
    (pair.model / "model.safetensors").unlink()


@healthy
def a_tokenizer_that_adds_the_end_itself(pair: Pair) -> None:
    models.tokenizer(adds_end=True).save_pretrained(pair.model)


@healthy
def several_inputs_with_one_reply_and_one_input_with_several(pair: Pair) -> None:
    pair.rows[1]["reply"] = pair.rows[2]["reply"] = pair.rows[0]["reply"]
    pair.rows[5]["input"] = pair.rows[0]["input"]


@healthy
def a_csv_with_a_mark_and_empty_cells(pair: Pair) -> None:
    lines = ["data_type,input_data,output_message,memory,summary,eyes_mouth_pose,eyes,mouth,pose"]
    lines += [f'{row["split"]},"{row["input"]}","{row["reply"]}",,,,크게,보통,없음' for row in pair.rows]
    pair.rows, pair.data = [], pair.data.with_suffix(".csv")
    pair.data.write_text("\n".join(lines), encoding="utf-8-sig")
    pair.options["tasks"] = preflight.TASKS


@healthy
def an_adapter_that_fits(pair: Pair) -> None:
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(pair.model)
    pair.options["adapter"] = pair.data.parent / "adapter"
    get_peft_model(model, LoraConfig(target_modules=["q_proj", "down_proj"])).save_pretrained(pair.options["adapter"])
    pair.options["targets"] = ("q_proj", "mlp.down_proj")


@pytest.mark.parametrize("name", HEALTHY)
def test_no_healthy_pair_is_blamed(name: str, pair: Pair) -> None:
    HEALTHY[name](pair)
    report = pair.check()
    told = [finding.code for finding in report.findings if finding.severity != "info"]
    assert told == [], report.findings
    assert report.ok
    assert report.summary["forward"]["loss"] > 0
    assert report.summary["ends_trained"] == 1.0


@pytest.mark.parametrize(
    "name",
    [
        "an_encoder_that_fills_in_gaps", "an_encoder_without_a_head", "a_family_that_training_does_not_know",
        "a_model_that_reads_but_does_not_write", "weights_in_eight_bits", "quantised_weights",
        "infinity_in_a_row_no_text_uses", "a_file_that_is_cut_off", "a_damaged_tokenizer_configuration", "a_damaged_index",
    ],
)  # fmt: skip
def test_one_fault_is_one_error(name: str, pair: Pair) -> None:
    code, _, spoil = FAULTS[name]
    spoil(pair)
    assert [finding.code for finding in pair.check().errors] == [code]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [(an_encoder_that_fills_in_gaps, "architecture"), (an_encoder_without_a_head, "architecture"),
     (a_family_that_training_does_not_know, "family")],
)  # fmt: skip
def test_what_training_refuses_is_not_ready_and_the_families_are_named(spoil: Spoil, code: str, pair: Pair) -> None:
    from ohlora.language.training.bases import FAMILIES

    spoil(pair)
    # GPT-2 takes token types: no fault beside that of the family.
    rewrite(pair.model / "tokenizer_config.json", model_input_names=["input_ids", "token_type_ids", "attention_mask"])
    report = pair.check()
    assert [finding.code for finding in report.errors] == [code]
    assert all(family in report.errors[0].remedy[0] and family in report.errors[0].remedy[1] for family in FAMILIES)
    told = preflight.lines(report)
    assert not any("ready to train" in line or "None" in line for line in told), told
    assert code in preflight.STOPS_TRAINING


def test_a_decoder_of_an_encoders_kind_is_causal_but_of_no_family(pair: Pair) -> None:
    import transformers

    config = transformers.BertConfig(
        vocab_size=600, hidden_size=32, intermediate_size=48, num_hidden_layers=1, num_attention_heads=2, pad_token_id=3,
        is_decoder=True,
    )  # fmt: skip
    (pair.model / "model.safetensors").unlink()
    transformers.BertLMHeadModel(config).save_pretrained(pair.model)
    assert [finding.code for finding in pair.check().errors] == ["family"]


def test_there_are_enough_of_both() -> None:
    assert len(FAULTS) >= 20
    assert len(HEALTHY) >= 10


def _dialogue(row: dict[str, Any]) -> Any:
    from ohlora.language.data import Dialogue

    return Dialogue(1, row["input"], row["reply"])


# ---- the story of KoreanLM 1.5B, whole


def training_step(folder: Path, data: Path) -> float:
    """A step of plain training of what the folder holds: the loss before it. No preflight, no care."""
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    from ohlora.language import data as dialogue

    tokenizer = AutoTokenizer.from_pretrained(folder)
    end = end_token(tokenizer, AutoConfig.from_pretrained(folder))
    model = AutoModelForCausalLM.from_pretrained(folder)
    rows = [encode(tokenizer, pieces(row, tasks=("reply",)), end=end) for row in dialogue.read(data).split("train")[:4]]
    batch = collate(rows, pad_token(tokenizer, model.config))
    optimiser = torch.optim.AdamW(model.parameters(), 1e-3)
    loss = model(
        input_ids=torch.from_numpy(batch.ids),
        attention_mask=torch.from_numpy(batch.mask).long(),
        labels=torch.from_numpy(batch.labels),
    ).loss
    loss.backward()
    optimiser.step()
    return float(loss.detach())


@pytest.fixture
def faulty(pair: Pair) -> Pair:
    korean_lm(pair)
    pair.data.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in pair.rows))
    return pair


def everything(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_raw_training_fails_preflight_names_it_and_the_corrected_copy_trains(faulty: Pair, tmp_path: Path) -> None:
    with pytest.raises(IndexError, match="index out of range"):
        training_step(faulty.model, faulty.data)
    before, told = everything(faulty.model), faulty.data.read_bytes()
    report = preflight.fix(faulty.model, faulty.data, tmp_path / "fixed", **faulty.options)
    assert "token-id" in {finding.code for finding in report.errors}
    assert report.summary["fix"]["left"] == []
    assert any("'<|endoftext|>' → '</s>'" in change for change in report.summary["fix"]["changes"])
    assert everything(faulty.model) == before, "the original stays"
    assert faulty.data.read_bytes() == told
    again = preflight.check(tmp_path / "fixed", tmp_path / "fixed" / "data.jsonl", **faulty.options)
    assert [finding.code for finding in again.findings] == []
    assert again.summary["end_token"] == {"id": 2, "token": "</s>"}
    assert 5 < training_step(tmp_path / "fixed", tmp_path / "fixed" / "data.jsonl") < 8
    assert (tmp_path / "fixed" / "model.safetensors").read_bytes() == before["model.safetensors"]


def test_a_new_row_is_made_only_on_request_named_seeded_and_trainable(faulty: Pair, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    grown = []
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        report = preflight.fix(faulty.model, faulty.data, tmp_path / name, resize=True, seed=seed, **faulty.options)
        assert report.summary["fix"]["left"] == []
        notes = json.loads((tmp_path / name / "fixes.json").read_text())
        assert notes["trainable_token_indices"] == {"model.embed_tokens": [600], "lm_head": [600]}
        assert any("'<|endoftext|>'" in change and f"seed {seed}" in change for change in notes["changes"])
        grown.append(load_file(tmp_path / name / "model.safetensors"))
    old = load_file(faulty.model / "model.safetensors")
    for name, tensor in old.items():
        assert torch.equal(grown[0][name][: len(tensor)], tensor)
    same = [torch.equal(grown[0]["lm_head.weight"], other["lm_head.weight"]) for other in grown[1:]]
    assert same == [True, False]
    assert grown[0]["model.embed_tokens.weight"].shape == (601, 32)
    assert training_step(tmp_path / "a", tmp_path / "a" / "data.jsonl") > 0
    assert moved_by_lora(tmp_path / "a") == {"model.embed_tokens": [600], "lm_head": [600]}


def moved_by_lora(folder: Path) -> dict[str, list[int]]:
    """Which rows of input embedding and output layer a step of LoRA moves, with what fixes.json says handed to PEFT."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    indices = json.loads((folder / "fixes.json").read_text())["trainable_token_indices"]
    base = AutoModelForCausalLM.from_pretrained(folder)
    names = {"model.embed_tokens": base.get_input_embeddings(), "lm_head": base.get_output_embeddings()}
    before = {name: module.weight.detach().clone() for name, module in names.items()}
    model = get_peft_model(base, LoraConfig(target_modules=["q_proj"], trainable_token_indices=indices))
    optimiser = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], 1.0)
    ids = torch.tensor([[1, 5, 600, 7, 600]])
    model(input_ids=ids, labels=ids).loss.backward()
    optimiser.step()
    whole = model.merge_and_unload()
    after = {"model.embed_tokens": whole.get_input_embeddings().weight, "lm_head": whole.get_output_embeddings().weight}
    return {name: (after[name] != old).any(1).nonzero().flatten().tolist() for name, old in before.items()}


FIXED = [
    "a_word_without_a_row", "a_negative_padding_id", "a_padding_id_beyond_the_rows", "a_padding_token_without_a_row",
    "a_negative_padding_id_and_no_padding_token", "no_end_token", "an_end_id_beyond_the_rows", "answers_longer_than_the_limit",
    "token_types_for_a_model_that_takes_none", "a_control_token_the_tokenizer_does_not_know", "two_chat_templates",
    "a_row_in_both_splits", "one_row_beyond_a_learned_position_table",
]  # fmt: skip


@pytest.mark.parametrize("name", FIXED)
def test_the_corrected_copy_passes(name: str, pair: Pair, tmp_path: Path) -> None:
    FAULTS[name][2](pair)
    assert not pair.check().ok
    before = everything(pair.model)
    report = preflight.fix(pair.model, pair.data, tmp_path / "fixed", **pair.options)
    assert report.summary["fix"]["changes"]
    again = preflight.check(tmp_path / "fixed", tmp_path / "fixed" / "data.jsonl", **pair.options)
    assert [finding.code for finding in again.findings if finding.code != "family"] == []
    assert everything(pair.model) == before


def test_what_cannot_be_corrected_is_said_and_not_filled_up(pair: Pair, tmp_path: Path) -> None:
    a_tensor_is_missing(pair)
    pair.check()
    report = preflight.fix(pair.model, pair.data, tmp_path / "fixed", **pair.options)
    assert report.summary["fix"]["left"] == ["weights-missing"]


def remedy(report: preflight.Report, code: str) -> str:
    return next(finding.remedy[0] for finding in report.errors if finding.code == code)


def test_the_remedy_of_a_token_without_a_row_says_what_fix_does_and_does_it(pair: Pair, tmp_path: Path) -> None:
    for number, (token, told, kept) in enumerate([
        ("<|emoji|>", "this token is taken out of the tokenizer and of the data", False),
        ("오로라공주", "the tokenizer then reads it as ordinary text", True),
    ]):  # fmt: skip
        tokenizer = models.tokenizer()
        tokenizer.add_tokens([token])
        tokenizer.save_pretrained(pair.model)
        pair.rows[2]["reply"] = f"{token} 안녕하세요!"
        pair.check()
        report = preflight.fix(pair.model, pair.data, fixed := tmp_path / f"fixed{number}", **pair.options)
        assert told in remedy(report, "token-id")
        assert "end with" not in remedy(report, "token-id")
        assert report.summary["fix"]["left"] == []
        assert (token in (fixed / "data.jsonl").read_text()) is kept
        assert token not in (fixed / "tokenizer.json").read_text()


def test_the_remedy_of_an_end_without_a_row_is_another_end(faulty: Pair) -> None:
    assert "texts then end with a token inside the vocabulary" in remedy(faulty.check(), "token-id")
    assert "--fix" in remedy(faulty.check(), "tokenizer-larger")


def test_no_fix_is_advised_where_it_cannot_help(pair: Pair, tmp_path: Path) -> None:
    a_tokenizer_of_another_model(pair)
    pair.check()
    report = preflight.fix(pair.model, pair.data, tmp_path / "fixed", **pair.options)
    assert "tokenizer-larger" in report.summary["fix"]["left"]
    told = [finding for finding in report.errors if finding.code in ("token-id", "tokenizer-larger")]
    assert [finding.code for finding in told if "--fix" in "".join(finding.remedy)] == []
    assert "take the tokenizer of this very model" in remedy(report, "tokenizer-larger")


def test_no_fix_of_a_tokenizer_is_advised_for_a_gguf(pair: Pair) -> None:
    """Only its data are written anew."""
    from ohlora.language.preflight._subject import Subject
    from ohlora.language.preflight._tokens import _ends, _padding

    file = pair.model / "model.safetensors"
    for path, advised in ((pair.model, True), (file, False)):  # a model that is one file is a GGUF
        subject = Subject(path, tokenizer=models.tokenizer(pad=None))
        subject.tokenizer.eos_token = None
        found = [*_padding(subject), *_ends(subject)]
        assert [finding.code for finding in found] == ["pad-missing", "end-missing"]
        assert [["--fix" in told for told in finding.remedy] for finding in found] == [[advised, advised]] * 2


def test_a_normalizer_that_takes_syllables_apart_is_named(pair: Pair) -> None:
    from tokenizers import normalizers

    tokenizer = models.tokenizer()
    tokenizer.backend_tokenizer.normalizer = normalizers.Sequence([normalizers.Strip(), normalizers.NFKD()])
    tokenizer.save_pretrained(pair.model)
    (found,) = [finding for finding in pair.check().errors if finding.code == "round-trip"]
    assert "comes back decomposed (NFD)" in found.message[0]
    assert "the normalizer NFKD of the tokenizer" in found.message[0]


def test_a_file_that_is_cut_off_says_its_sizes(pair: Pair) -> None:
    whole = (pair.model / "model.safetensors").stat().st_size
    a_file_that_is_cut_off(pair)
    (found,) = pair.check().errors
    assert f"it holds {whole - 1000:,} bytes, its header promises {whole:,}" in found.message[0]


# ---- warnings, for what training copes with


def test_warnings_are_true_and_let_pass(pair: Pair) -> None:
    models.tokenizer(pad=None).save_pretrained(pair.model)
    rewrite(pair.model / "config.json", architectures=None, dtype="float16")
    rewrite(pair.model / "generation_config.json", eos_token_id=1)
    rewrite(pair.model / "config.json", bos_token_id=5000)
    pair.rows[0]["reply"] = "그러면 </s> 안녕 사용자: 네"
    report = pair.check()
    assert report.ok
    assert {finding.code for finding in report.findings} == {
        "pad-missing", "config-architectures", "dtype", "end-differs", "special-in-data", "marker-in-answer", "begin-id"
    }  # fmt: skip


def test_a_vocabulary_is_padded_or_another_models() -> None:
    from ohlora.language.preflight._tokens import _is_padding

    real = [
        (151_936, 151_669),
        (152_064, 151_665),
        (51_200, 50_295),
        (30_080, 30_003),
        (262_144, 262_144),
        (1024, 600),
        (512, 500),
    ]
    assert all(_is_padding(rows, size) for rows, size in real)
    assert not any(_is_padding(rows, size) for rows, size in [(32_000, 8_000), (1000, 500), (151_936, 32_000)])


def test_an_added_token_no_text_holds_is_but_a_warning(pair: Pair) -> None:
    tokenizer = models.tokenizer()
    tokenizer.add_special_tokens({"additional_special_tokens": ["<image_soft_token>"]})  # as Gemma 3 does
    tokenizer.save_pretrained(pair.model)
    report = pair.check()
    assert report.ok
    assert [(finding.code, finding.severity) for finding in report.findings] == [("tokenizer-larger", "warning")]


# ---- bad input


def test_bad_input_has_a_code_and_a_remedy(pair: Pair) -> None:
    from ohlora.errors import OhLoraError

    pair.check()
    (pair.data.with_name("empty.jsonl")).write_text("")
    (pair.data.with_name("label.csv")).write_text("input_data,output_message,eyes\n안녕,네,엄청\n")
    (pair.data.with_name("column.csv")).write_text("input_data\n안녕\n")
    (pair.data.with_name("cp949.csv")).write_bytes("input_data,output_message\n안녕,네\n".encode("cp949"))
    for change, data, code, where in (
        (lambda: None, "empty.jsonl", "data-empty", ""),
        (lambda: None, "label.csv", "data-label", "row 2, column eyes"),
        (lambda: None, "column.csv", "data-columns", "row 1, column reply"),
        (lambda: None, "cp949.csv", "data-encoding", ""),
        (lambda: (pair.model / "tokenizer.json").unlink(), pair.data.name, "tokenizer-missing", str(pair.model)),
        (lambda: (pair.model / "config.json").write_text("{"), pair.data.name, "config-unreadable", "config.json"),
        (lambda: shutil.rmtree(pair.model), pair.data.name, "input", ""),
    ):
        change()
        with pytest.raises(OhLoraError) as caught:
            preflight.check(pair.model, pair.data.with_name(data))
        found = preflight.refusal(caught.value)
        assert (found.code, found.where, caught.value.exit_code) == (code, where, 2)
        assert found.remedy[0]
        assert any("가" <= letter <= "힣" for letter in found.remedy[1])


def test_bad_input_is_one_sentence(pair: Pair, tmp_path: Path) -> None:
    pair.check()
    for change, told in (
        (lambda: (pair.model / "tokenizer.json").unlink(), "holds no tokenizer"),
        (lambda: (pair.model / "config.json").write_text("{"), "cannot be read as JSON"),
        (lambda: (pair.model / "config.json").unlink(), "holds no config.json"),
        (lambda: shutil.rmtree(pair.model), "there is no model"),
    ):
        change()
        with pytest.raises(InputError, match=told) as caught:
            preflight.check(pair.model, pair.data)
        assert "\n" not in caught.value.en
    (tmp_path / "adapter").mkdir()
    rewrite(tmp_path / "adapter" / "adapter_config.json", target_modules=["q_proj"])
    with pytest.raises(InputError, match="is an adapter, not a model"):
        preflight.check(tmp_path / "adapter", pair.data)
    (tmp_path / "a.gguf").write_bytes(b"GGUF" + b"\x03\0\0\0" + b"\xff" * 16)
    with pytest.raises(InputError, match=r"a\.gguf is no GGUF file"):
        preflight.check(tmp_path / "a.gguf", pair.data)


def test_a_corrected_copy_never_goes_over_anything(pair: Pair, tmp_path: Path) -> None:
    pair.check()
    with pytest.raises(InputError, match="not empty"):
        preflight.fix(pair.model, pair.data, pair.model, **pair.options)
    with pytest.raises(InputError, match="inside the model's folder"):
        preflight.fix(pair.model, pair.data, pair.model / "fixed", **pair.options)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
