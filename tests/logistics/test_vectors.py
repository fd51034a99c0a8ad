"""Signatures of carriers, by values that they publish or that were worked out apart; and how their times are read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shangmai.modules.logistics.contract import ScanKind
from shangmai.modules.logistics.providers import signing
from shangmai.modules.logistics.providers.calling import at, kind_called, written
from shangmai.modules.logistics.providers.kdniao import ACTIONS
from shangmai.modules.logistics.providers.kuaidi100 import STATES
from shangmai.modules.logistics.providers.sf import OP_CODES

SF = '{"language":"zh-CN","orderId":"QIAO-20200618-004"}'


class TestSignatures:
    def test_sf_standard_md5(self) -> None:
        """SF's own example; the same value stands in its English page for another secret, which is a slip there."""
        assert signing.sf(SF, "12312334453453", "fjcg5PGKaNpPSHFAZ4QsCOkV71R3zVci") == "IIKJtuLVzoFTu4kHI8M8vA=="

    def test_as_java_encodes(self) -> None:
        assert signing.java_urlencode("中 *~+") == "%E4%B8%AD+*%7E%2B"

    def test_kuaidi100(self) -> None:
        param = '{"com":"zhongtong","num":"73610555582883"}'
        assert signing.kuaidi100(param, "testKey", "testCustomer") == "4CF45070666F052B438C9C7118D8B88E"

    def test_kdniao_signs_the_hex_text(self) -> None:
        data = '{"ShipperCode":"SF","LogisticCode":"SF1385628716739","CustomerName":"1234"}'
        assert signing.kdniao(data, "testApiKey") == "MjE4ZWE0YzBiYjhlNWJiZWExODRiODFiY2FjMzQxMzQ="

    def test_cainiao(self) -> None:
        assert signing.cainiao('{"a":1}', "testSecret") == "r58olxuLr/YTX3A+93T+Gw=="

    def test_jdl(self) -> None:
        sign = signing.jdl(
            "testSecret",
            access_token="tok",
            app_key="app",
            method="/ecap/v1/orders/create",
            param_json="[{}]",
            timestamp="2024-01-02 03:04:05",
            v="2.0",
        )
        assert sign == "413d92ee0e264fb41ee956c001084c8c"


class TestReading:
    @pytest.mark.parametrize("text", ["2026-11-28 10:00:00", "2026/11/28 10:00:00", " 2026-11-28 10:00:00 "])
    def test_times_are_beijing_s(self, text: str) -> None:
        assert at(text) == datetime(2026, 11, 28, 2, tzinfo=UTC)
        assert written(at(text)) == "2026-11-28 10:00:00"

    @pytest.mark.parametrize(
        ("step", "kind"),
        [
            ("揽收", "picked_up"), ("在途", "in_transit"), ("派件", "out_for_delivery"), ("签收", "signed"),
            ("退回签收", "returned"), ("退签", "returned"), ("拒签", "refused"), ("退回", "returning"),
            ("妥投", "signed"), ("未签收", "problem"), ("", "in_transit"),
        ],
    )  # fmt: skip
    def test_what_steps_are_called(self, step: str, kind: str) -> None:
        assert kind_called(step) is ScanKind(kind)

    def test_codes(self) -> None:
        assert [OP_CODES[code] for code in ("50", "30", "80", "54", "99")] == [
            ScanKind.PICKED_UP, ScanKind.IN_TRANSIT, ScanKind.SIGNED, ScanKind.REFUSED, ScanKind.RETURNING,
        ]  # fmt: skip
        assert [STATES[code] for code in ("0", "1", "3", "4", "5", "6", "14")] == [
            ScanKind.IN_TRANSIT, ScanKind.PICKED_UP, ScanKind.SIGNED, ScanKind.RETURNED, ScanKind.OUT_FOR_DELIVERY,
            ScanKind.RETURNING, ScanKind.REFUSED,
        ]  # fmt: skip
        assert ACTIONS["202"] is ScanKind.OUT_FOR_DELIVERY
