/** polkadot-api on a running chain; its bounty is the one of the TypeScript example. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient } from "polkadot-api";
import { getPolkadotSigner } from "polkadot-api/signer";
import { getWsProvider } from "polkadot-api/ws";
import { sheaf } from "../../examples/typescript/.papi/descriptors/dist/index.js";
import * as chain from "./settings.js";

const pair = chain.key("Trainer16");
const signer = getPolkadotSigner(pair.publicKey, "Sr25519", (message) => pair.sign(message));
let client, api;

before(() => {
	client = createClient(getWsProvider(chain.NODE));
	api = client.getTypedApi(sheaf);
});
after(() => client.destroy());

test("constants, storage, runtime calls, view functions and properties are read", async () => {
	assert.equal(await api.constants.System.SS58Prefix(), 42);
	assert.equal(await api.constants.Babe.ExpectedBlockTime(), 3_000n);
	const { properties, genesisHash } = await client.getChainSpecData();
	assert.deepEqual(properties, { ss58Format: 42, tokenDecimals: 18, tokenSymbol: "SHEAF" });
	assert.equal(genesisHash, await chain.rpc("chain_getBlockHash", 0));
	const account = await api.query.System.Account.getValue(pair.address);
	assert(account.data.free > 900_000n * chain.SHEAF);
	const trainer = chain.key("Trainer1").address;
	const stored = await api.query.NodeRegistry.Nodes.getValue(trainer);
	const asked = await api.apis.TrainingApi.node(trainer);
	assert(stored.bond > 0n);
	assert.equal(asked.bond, stored.bond);
	const totals = await api.view.Rewards.totals(pair.address);
	assert.equal(totals.receipts, 0);
});

test("a transfer is signed, and its events are read", async () => {
	const stranger = chain.key("PolkadotApi").address;
	const value = 3n * chain.SHEAF;
	const balance = async () => (await api.query.System.Account.getValue(stranger)).data.free;
	const before = await balance();
	const dest = { type: "Id", value: stranger };
	const transfer = api.tx.Balances.transfer_keep_alive({ dest, value });
	const included = await transfer.signAndSubmit(signer);
	assert(included.ok);
	const [moved] = api.event.Balances.Transfer.filter(included.events);
	assert.equal(moved.payload.amount, value);
	assert.equal(api.event.TransactionPayment.TransactionFeePaid.filter(included.events).length, 1);
	assert.equal(await balance(), before + value);
});

test("a call that the chain refuses names its error", async () => {
	const call = api.tx.TrainingBounties.start({ bounty: 4_000_000 });
	const included = await call.signAndSubmit(signer);
	assert.equal(included.ok, false);
	assert.deepEqual(included.dispatchError.value, {
		type: "TrainingBounties",
		value: { type: "NoSuchBounty", value: undefined },
	});
});

test("descriptors of another runtime are refused with a sentence", async () => {
	// As if `open_bounty` had taken other arguments when the descriptors were generated.
	const descriptors = await sheaf.descriptors;
	const calls = descriptors.tx.TrainingBounties;
	const TrainingBounties = { ...calls, open_bounty: calls.start };
	const tx = { ...descriptors.tx, TrainingBounties };
	const old = { ...sheaf, descriptors: Promise.resolve({ ...descriptors, tx }) };
	const call = client.getTypedApi(old).tx.TrainingBounties.open_bounty({ bounty: 0 });
	await assert.rejects(call.getEncodedData(), {
		message: "Incompatible runtime entry Tx(TrainingBounties.open_bounty)",
	});
});
