#!/usr/bin/env python3
"""py-substrate-interface 1.8 on a running chain: what it can do, and exactly what it cannot.

It reads constants, storage and events of every block, signs and sends. It cannot decode a block
that holds a fee-less general transaction (version 5), and so finds no receipt in one.
"""

import os
import time
import unittest

from scalecodec.exceptions import RemainingScaleBytesNotEmptyException
from substrateinterface import ExtrinsicReceipt, Keypair, SubstrateInterface
from substrateinterface.exceptions import SubstrateRequestException

NODE = os.environ.get("SHEAF_NODE", "ws://127.0.0.1:9944")
SHEAF = 10**18
# Blocks that a transaction may wait for, and then for being final; far more than it takes.
PATIENCE_SECONDS = 600


def kind(extrinsic: str) -> tuple:
    """Version of an extrinsic, and whether it is bare (0), general (1) or signed (2)."""
    data = bytes.fromhex(extrinsic.removeprefix("0x"))
    head = data[{0: 1, 1: 2, 2: 4}[data[0] & 3]]
    return head & 0x3F, head >> 6


class OnARunningChain(unittest.TestCase):
    """Reads, a transaction, and the limit."""

    def setUp(self):
        self.chain = SubstrateInterface(url=NODE)
        self.addCleanup(self.chain.close)
        self.key = Keypair.create_from_uri("//Trainer14")

    def raw(self, block: str) -> list:
        """Extrinsics of a block as bytes."""
        return self.chain.rpc_request("chain_getBlock", [block])["result"]["block"]["extrinsics"]

    def transfer(self, to: str, amount: int):
        """A signed transfer that was not sent yet."""
        params = {"dest": to, "value": amount}
        call = self.chain.compose_call("Balances", "transfer_keep_alive", params)
        return self.chain.create_signed_extrinsic(call, self.key)

    def balance(self, address: str) -> int:
        """What an account owns at the newest final block."""
        final = self.chain.get_chain_finalised_head()
        account = self.chain.query("System", "Account", [address], block_hash=final)
        return account.value["data"]["free"]

    def test_constants_storage_and_properties_are_read(self):
        chain = self.chain
        self.assertEqual((chain.ss58_format, chain.token_decimals), (42, 18))
        self.assertEqual(chain.token_symbol, "SHEAF")
        self.assertEqual(chain.get_constant("Babe", "ExpectedBlockTime").value, 3_000)
        trainer = Keypair.create_from_uri("//Trainer1").ss58_address
        node = chain.query("NodeRegistry", "Nodes", [trainer]).value
        self.assertGreater(node["bond"], 0)
        page = chain.rpc_request("bounty_list", [None, 1])["result"]
        self.assertEqual(len(page["bounties"]), 1)

    def test_a_transfer_arrives_although_its_block_may_not_be_decodable(self):
        stranger = Keypair.create_from_uri("//PySubstrateInterface").ss58_address
        before = self.balance(stranger)
        self.chain.submit_extrinsic(self.transfer(stranger, 3 * SHEAF))
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.balance(stranger) == before:
            self.assertLess(time.monotonic(), deadline, "the transfer did not arrive")
            time.sleep(1)
        self.assertEqual(self.balance(stranger), before + 3 * SHEAF)

    def test_a_signature_for_another_network_is_refused_with_a_sentence(self):
        genesis = self.chain.get_block_hash
        self.chain.get_block_hash = lambda number: "0x" + "11" * 32
        extrinsic = self.transfer(self.key.ss58_address, 1)
        self.chain.get_block_hash = genesis
        with self.assertRaisesRegex(SubstrateRequestException, "Transaction has a bad signature"):
            self.chain.submit_extrinsic(extrinsic)

    def test_events_of_every_block_are_read_and_receipts_of_some_are_not(self):
        chain = self.chain
        final = chain.get_block_number(chain.get_chain_finalised_head())
        general, refused, paid = set(), set(), 0
        for number in range(1, final + 1):
            block = chain.get_block_hash(number)
            extrinsics = self.raw(block)
            if (5, 1) in map(kind, extrinsics):
                general.add(number)
            events = [event.value for event in chain.get_events(block)]
            results = [event for event in events if event["event_id"] in RESULTS]
            self.assertEqual(len(results), len(extrinsics), f"results in block {number}")
            paid += sum(event["module_id"] == "Rewards" for event in events)
            receipt = ExtrinsicReceipt.create_from_extrinsic_identifier(chain, f"{number}-0")
            try:
                self.assertTrue(receipt.is_success)
                self.assertEqual(len(chain.get_block(block)["extrinsics"]), len(extrinsics))
            except RemainingScaleBytesNotEmptyException:
                refused.add(number)
        self.assertGreater(paid, 0, "no rewards were paid yet")
        self.assertGreater(len(general), 0, "there was no general transaction yet")
        self.assertEqual(refused, general)


RESULTS = ("ExtrinsicSuccess", "ExtrinsicFailed")

if __name__ == "__main__":
    unittest.main()
