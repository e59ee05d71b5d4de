/** polkadot-js on a running chain: it reads, signs, calls the node's own methods, opens a bounty. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ApiPromise, WsProvider } from "@polkadot/api";
import { blobOf, upload } from "../../examples/typescript/build/model.js";
import { rpcDefinitions } from "./rpc_definitions.js";
import * as chain from "./settings.js";

const FRACTION_BITS = 16;
const signer = chain.key("Trainer15");
let api;

before(async () => {
	const rpc = rpcDefinitions(chain.openRpc());
	api = await ApiPromise.create({ provider: new WsProvider(chain.NODE), rpc, noInitWarn: true });
});
after(() => api.disconnect());

/** Signs and sends a call, and waits until a final block holds it; refusals are thrown. */
function finalised(call, options = {}) {
	return new Promise((resolve, reject) => {
		const told = ({ status, dispatchError, events }) => {
			if (!status.isFinalized) return;
			if (dispatchError) reject(new Error(dispatchError.toString()));
			else resolve({ block: status.asFinalized, events: events.map(({ event }) => event) });
		};
		call.signAndSend(signer, options, told).catch(reject);
	});
}

/** The spec as the chain's call takes it. */
function specOf(initialModelRoot, limits) {
	return {
		ruleVersion: 1,
		parameters: {
			rule: "WeightedMean",
			elementCount: chain.ELEMENTS,
			clip: 4 << FRACTION_BITS,
			modelBound: 64 << FRACTION_BITS,
		},
		fractionBits: FRACTION_BITS,
		network: [chain.INPUTS, chain.OUTPUTS],
		manifest: [
			{ name: "layers.0.weight", shape: [chain.OUTPUTS, chain.INPUTS] },
			{ name: "layers.0.bias", shape: [chain.OUTPUTS] },
		],
		initialModelRoot,
		rounds: 1,
		minTrainers: 2,
		maxTrainers: 2,
		maxWeight: 1,
		enrolment: "Open",
		lengths: { ...limits.minLengths.toJSON(), prepare: 40, enrolment: 40, commit: 40, upload: 20 },
		maxAttempts: 4,
		training: '{"epochs": 1}',
	};
}

/** The same spec as the node's own method takes it. */
function specForRpc({ parameters, ...spec }) {
	const { rule: _, ...bounds } = parameters;
	return { ...spec, ...bounds, rule: { kind: "weightedMean" }, enrolment: "open" };
}

test("constants, storage, runtime calls and properties are read", async () => {
	assert.equal(api.consts.system.ss58Prefix.toNumber(), 42);
	assert.equal(api.consts.babe.expectedBlockTime.toNumber(), 3_000);
	assert.deepEqual(api.registry.chainDecimals, [18]);
	assert.deepEqual(api.registry.chainTokens, ["SHEAF"]);
	const account = await api.query.system.account(signer.address);
	assert(account.data.free.toBigInt() > 900_000n * chain.SHEAF);
	const node = (await api.call.trainingApi.node(chain.key("Trainer1").address)).unwrap();
	assert(node.bond.toBigInt() > 0n);
	const stored = (await api.query.nodeRegistry.nodes(chain.key("Trainer1").address)).unwrap();
	assert.equal(stored.bond.toBigInt(), node.bond.toBigInt());
});

test("a transfer is signed, and its events are read", async () => {
	const stranger = chain.key("PolkadotJs").address;
	const balance = async () => (await api.query.system.account(stranger)).data.free.toBigInt();
	const before = await balance();
	const transfer = api.tx.balances.transferKeepAlive(stranger, 3n * chain.SHEAF);
	const { events } = await finalised(transfer);
	const moved = events.find((event) => api.events.balances.Transfer.is(event));
	assert.equal(moved.data.amount.toBigInt(), 3n * chain.SHEAF);
	assert(events.some((event) => api.events.transactionPayment.TransactionFeePaid.is(event)));
	assert.equal(await balance(), before + 3n * chain.SHEAF);
});

test("a bounty that it opens settles, as the node's own methods tell", chain.PATIENCE, async () => {
	const model = blobOf(new Int32Array(chain.ELEMENTS));
	const spec = specOf(model.root, await api.call.trainingApi.limits());
	const quote = await api.rpc.bounty.quote(specForRpc(spec));
	const reward = BigInt(quote.toJSON().minReward) + 500n * chain.SHEAF;
	const { events } = await finalised(api.tx.trainingBounties.openBounty(spec, reward));
	const opened = events.find((event) => api.events.trainingBounties.BountyOpened.is(event));
	const bounty = opened.data.bounty.toNumber();
	await upload(chain.GATEWAY, bounty, model);

	const { state, at } = await new Promise((resolve, reject) => {
		let last;
		const told = (answer) => {
			const news = answer.toJSON();
			if (news.event !== "final") last = news.value.state;
			else if (["completed", "aborted"].includes(last.stage)) {
				resolve({ state: last, at: news.at.hash });
			}
		};
		api.rpc.bounty.subscribe(bounty, told).catch(reject);
	});
	assert.equal(state.stage, "completed");
	const shown = (await api.rpc.bounty.get(bounty)).toJSON();
	assert.equal(shown.bounty.spec.initialModelRoot, model.root);
	assert.equal(shown.bounty.trainers.length, 2);
	const { account } = shown.bounty.trainers[0];
	const [newest] = (await api.rpc.bounty.list({ sponsor: signer.address }, 1)).toJSON().bounties;
	assert.equal(newest.id, bounty);
	assert((await api.rpc.bounty.list(null, 2)).toJSON().bounties.length > 0);
	const page = (await api.rpc.rewards.receipts(account, 100, null, at)).toJSON();
	const receipt = page.receipts.find((each) => each.bounty === bounty);
	const settled = await api.at(await api.rpc.chain.getBlockHash(receipt.block));
	const paid = (await settled.query.system.events())
		.map(({ event }) => event)
		.filter((event) => api.events.rewards.Paid.is(event))
		.find((event) => event.data.account.eq(account) && event.data.bounty.eq(bounty));
	assert.equal(paid.data.amount.toString(), receipt.amount);
});

test("a signature for another network or runtime is refused with a sentence", async () => {
	const call = api.tx.balances.transferKeepAlive(signer.address, 1n);
	const refused = /1010: Invalid Transaction: Transaction has a bad signature/;
	const signed = {
		era: "0x00",
		blockHash: api.genesisHash,
		genesisHash: api.genesisHash,
		nonce: await api.rpc.system.accountNextIndex(signer.address),
		runtimeVersion: api.runtimeVersion,
	};
	const elsewhere = `0x${"11".repeat(32)}`;
	const forAnother = { ...signed, genesisHash: elsewhere, blockHash: elsewhere };
	await assert.rejects(call.sign(signer, forAnother).send(), refused);
	const runtimeVersion = { ...api.runtimeVersion.toJSON(), specVersion: 0 };
	await assert.rejects(call.sign(signer, { ...signed, runtimeVersion }).send(), refused);
	await call.sign(signer, signed).send();
});
