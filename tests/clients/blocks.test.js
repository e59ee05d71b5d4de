/** Every block from genesis on, decoded by both clients: extrinsics of all kinds, events, receipts. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { before, test } from "node:test";
import { getExtrinsicDecoder } from "@polkadot-api/tx-utils";
import { ApiPromise, WsProvider } from "@polkadot/api";
import { createClient } from "polkadot-api";
import { getWsProvider } from "polkadot-api/ws";
import * as chain from "./settings.js";

const hex = (bytes) => `0x${Buffer.from(bytes).toString("hex")}`;
const pascal = (name) => name[0].toUpperCase() + name.slice(1);
const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const KINDS = { 0: "bare", 1: "general", 2: "signed" };

/** Blocks as polkadot-js sees them. Every call is encoded again from what was decoded. */
async function withPolkadotJs(api, hashes) {
	const blocks = [];
	for (const hash of hashes) {
		const { block } = await api.rpc.chain.getBlock(hash);
		const extrinsics = block.extrinsics.map((extrinsic) => {
			const { section, method, args } = extrinsic.method;
			const again = api.tx[section][method](...args).method.toHex();
			assert.equal(again, extrinsic.method.toHex(), `${section}.${method}`);
			return {
				version: extrinsic.type & 0x3f,
				kind: KINDS[(extrinsic.version & 0xff) >> 6],
				call: `${pascal(section)}.${snake(method)}`,
				data: extrinsic.method.toHex(),
			};
		});
		const records = await (await api.at(hash)).query.system.events();
		const events = records.map(({ event }) => `${pascal(event.section)}.${event.method}`);
		const paid = records
			.filter(({ event }) => api.events.rewards.Paid.is(event))
			.map(({ event: { data } }) => ({
				account: data.account.toString(),
				bounty: data.bounty.toNumber(),
				round: data.round.toNumber(),
				service: data.service.type.toLowerCase(),
				amount: data.amount.toString(),
				block: block.header.number.toNumber(),
				delivered: data.delivered.isTrue,
			}));
		blocks.push({ number: block.header.number.toNumber(), extrinsics, events, paid });
	}
	return blocks;
}

/** Blocks as polkadot-api sees them, with calls encoded again as well. */
async function withPolkadotApi(client, hashes) {
	const api = client.getUnsafeApi();
	const decode = getExtrinsicDecoder(await client.getMetadata(hashes.at(-1)));
	const blocks = [];
	for (const [number, hash] of hashes.entries()) {
		const extrinsics = [];
		for (const bytes of await client.getBlockBody(hash)) {
			const { version, type, call, callData } = decode(bytes);
			const again = api.tx[call.type][call.value.type](call.value.value);
			const name = `${call.type}.${call.value.type}`;
			assert.equal(hex(await again.getEncodedData()), hex(callData), name);
			extrinsics.push({ version, kind: type, call: name, data: hex(callData) });
		}
		const records = await api.query.System.Events.getValue({ at: hash });
		const events = records.map(({ event }) => `${event.type}.${event.value.type}`);
		const paid = records
			.filter(({ event }) => event.type === "Rewards" && event.value.type === "Paid")
			.map(({ event: { value } }) => ({
				...value.value,
				service: value.value.service.type.toLowerCase(),
				amount: value.value.amount.toString(),
				block: number,
			}));
		blocks.push({ number, extrinsics, events, paid });
	}
	return blocks;
}

let polkadotJs, polkadotApi, final;
before(async () => {
	final = await chain.rpc("chain_getFinalizedHead");
	const height = Number((await chain.rpc("chain_getHeader", final)).number);
	const numbers = Array.from({ length: height + 1 }, (_, number) => number);
	const hashes = await chain.rpc("chain_getBlockHash", numbers);
	const api = await ApiPromise.create({ provider: new WsProvider(chain.NODE), noInitWarn: true });
	const client = createClient(getWsProvider(chain.NODE));
	try {
		polkadotJs = await withPolkadotJs(api, hashes);
		polkadotApi = await withPolkadotApi(client, hashes);
	} finally {
		await api.disconnect();
		client.destroy();
	}
});
test("both clients see the same extrinsics, arguments and events in every block", () => {
	assert.deepEqual(polkadotApi, polkadotJs);
});

test("there are bare, signed and fee-less general transactions, and each is what it should be", () => {
	const found = new Map();
	for (const { version, kind, call } of polkadotJs.flatMap((block) => block.extrinsics)) {
		found.set(`${version} ${kind}`, (found.get(`${version} ${kind}`) ?? new Set()).add(call));
	}
	assert.deepEqual([...found.keys()].sort(), ["4 signed", "5 bare", "5 general"]);
	assert.deepEqual([...found.get("5 bare")], ["Timestamp.set"]);
	const feeless = ["ModelUpdates.submit_statement", "TrainingBounties.advance"];
	assert.deepEqual([...found.get("5 general")].sort(), feeless);
	for (const call of ["TrainingBounties.open_bounty", "ModelUpdates.commit_update"]) {
		assert(found.get("4 signed").has(call), call);
	}
});

test("every extrinsic has its result among the events", () => {
	for (const { number, extrinsics, events } of polkadotJs) {
		const results = events.filter((name) => /^System\.Extrinsic(Success|Failed)$/.test(name));
		assert.equal(results.length, extrinsics.length, `block ${number}`);
	}
});

test("receipts are the same from events and from RPC", async () => {
	const paid = polkadotJs.flatMap((block) => block.paid);
	assert(paid.length > 0);
	if (process.env.SHEAF_RECEIPTS) {
		writeFileSync(process.env.SHEAF_RECEIPTS, JSON.stringify(paid));
	}
	for (const account of new Set(paid.map((receipt) => receipt.account))) {
		const expected = paid
			.filter((receipt) => receipt.account === account)
			.map(({ account: _, ...receipt }) => receipt)
			.reverse();
		assert.deepEqual(await chain.receiptsOf(account, final), expected);
	}
});
