"""Sealing: opened at its own place alone, by the key that sealed it; keys come from a text or their owner's file."""

import re
import stat
import threading
from pathlib import Path

import pytest

from dayline.service.vault import Broken, Key, Keyring, NoKey, Place, Vault, key_for, key_of, parse_keys

SECRET = "s3cr3t-of-théirs"
HERE = Place(1, "019a9d5e-7c1f-7c3a-9c58-2f6f0c1d2e3f", "api_key")
ONE, OTHER = "1f" * 32, "e2" * 32


def vault(text: str = ONE) -> Vault:
    return Vault(Keyring(text=text))


def test_what_is_sealed_is_opened_and_not_seen() -> None:
    sealed = vault().seal(HERE, SECRET)
    assert vault().open(HERE, sealed) == SECRET
    assert re.fullmatch(r"v1\.[0-9a-f]{12}\.[\w=-]+", sealed)
    assert SECRET not in sealed
    assert vault().seal(HERE, SECRET) != sealed  # so that nobody sees which are the same


@pytest.mark.parametrize(
    "place",
    [
        Place(2, HERE.row, HERE.name),
        Place(1, "019a9d5e-7c1f-7c3a-9c58-2f6f0c1d2e40", HERE.name),
        Place(1, HERE.row, "password"),
    ],
)
def test_it_is_opened_at_its_place_alone(place: Place) -> None:
    with pytest.raises(Broken, match="connect it anew"):
        vault().open(place, vault().seal(HERE, SECRET))


def test_whoever_changes_it_breaks_it() -> None:
    sealed = vault().seal(HERE, SECRET)
    for place, letter in enumerate(sealed):
        changed = sealed[:place] + ("A" if letter != "A" else "B") + sealed[place + 1 :]
        with pytest.raises((Broken, NoKey)):
            vault().open(HERE, changed)
    for cut in ("", "v1", "v1.", sealed.rpartition(".")[0], sealed[:-4], sealed + "AAAA"):
        with pytest.raises((Broken, NoKey)):
            vault().open(HERE, cut)


def test_the_first_key_seals_and_all_open() -> None:
    old, both = vault(ONE), vault(f"{OTHER},{ONE}")
    sealed = old.seal(HERE, SECRET)
    assert both.open(HERE, sealed) == SECRET
    assert (old.is_current(sealed), both.is_current(sealed)) == (True, False)
    anew = both.seal(HERE, SECRET)
    assert both.is_current(anew)
    with pytest.raises(NoKey, match=key_of(anew)) as error:
        old.open(HERE, anew)
    assert OTHER not in error.value.message


def test_every_account_has_its_own_key() -> None:
    one, other = (parse_keys(text)[0] for text in (ONE, OTHER))
    drawn = {key_for(key, account_id) for key in (one, other) for account_id in (1, 2, 12)}
    assert len(drawn) == 6
    assert {len(bits) for bits in drawn} == {32}


@pytest.mark.parametrize("text", ["", "  ", "secret", ONE[:-1], ONE + "0", f"{ONE},nothing", "g" * 64, "# " + ONE])
def test_what_is_no_key_is_not_quoted(text: str) -> None:
    with pytest.raises(NoKey, match="openssl rand -hex 32") as error:
        Keyring(text=text).held()
    assert not text.strip() or text not in error.value.message


def test_keys_are_divided_by_commas_or_lines() -> None:
    keys = parse_keys(f"# the new one\n{ONE.upper()}\n\n {OTHER} , {'00' * 32}\n")
    assert [key.bits.hex() for key in keys] == [ONE, OTHER, "00" * 32]
    assert len({key.id for key in keys}) == 3
    assert ONE not in repr(keys)
    assert repr(Key("a", b"b")) == "Key(id='a')"


def test_without_a_key_it_says_how_to_make_one() -> None:
    with pytest.raises(NoKey, match=r"openssl rand -hex 32.*DAYLINE_SECRET_KEY"):
        Vault(Keyring()).seal(HERE, SECRET)


def test_a_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "dayline.key"
    keyring = Keyring(path=path, makes=True)
    assert (keyring.there, keyring.may_be_made) == (False, True)
    with pytest.raises(NoKey, match="bring it back"):
        keyring.held()
    keyring.make()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (keyring.there, keyring.may_be_made) == (True, False)
    assert list(tmp_path.iterdir()) == [path]
    assert Vault(Keyring(path=path)).open(HERE, Vault(keyring).seal(HERE, SECRET)) == SECRET
    assert not Keyring(path=tmp_path / "other.key").may_be_made


def test_who_makes_it_first_has_made_it_for_all(tmp_path: Path) -> None:
    keyrings = [Keyring(path=tmp_path / "dayline.key", makes=True) for _ in range(8)]
    threads = [threading.Thread(target=keyring.make) for keyring in keyrings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len({keyring.held() for keyring in keyrings}) == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_a_new_key_goes_before_the_old_ones(tmp_path: Path) -> None:
    path = tmp_path / "dayline.key"
    running = Vault(Keyring(path=path, makes=True))
    running.keyring.make()
    before = running.seal(HERE, SECRET)
    added = Keyring(path=path).add()
    other = Vault(Keyring(path=path))
    assert [key.id for key in other.keyring.held()] == [added.id, key_of(before)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    anew = other.seal(HERE, SECRET)
    assert key_of(anew) == added.id
    assert running.open(HERE, anew) == SECRET  # it reads the file again where it does not know the key
    assert key_of(running.seal(HERE, SECRET)) == added.id
    assert other.open(HERE, before) == SECRET


def test_what_cannot_be_changed_or_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoKey, match="comma between"):
        Keyring(text=ONE).add()
    with pytest.raises(NoKey, match="cannot be read"):
        Keyring(path=tmp_path).held()
    (tmp_path / "text.key").write_bytes(b"\xff\xfe")
    with pytest.raises(NoKey, match="cannot be read"):
        Keyring(path=tmp_path / "text.key").held()
    with pytest.raises(NoKey, match="cannot be made"):
        Keyring(path=tmp_path / "no" / "such.key", makes=True).make()
