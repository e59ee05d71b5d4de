/** Opens a bounty, follows it to its end, and prints who was paid; one JSON value per line. */
import { sheaf } from "#sheaf";
import { createClient, Enum } from "polkadot-api";
import { getWsProvider } from "polkadot-api/ws";
import { blobOf, upload } from "./model.js";
import { signerOf } from "./signer.js";
import type { Bounty, NodePage, Notification, Receipt, ReceiptPage } from "./rpc.js";

const { SHEAF_NODE = "ws://127.0.0.1:9944", SHEAF_GATEWAY = "http://127.0.0.1:9955" } = process.env;
const INPUTS = 64;
const OUTPUTS = 10;
const FRACTION_BITS = 16;
const SHEAF = 10n ** 18n;
const ENDED = ["completed", "cancelled", "aborted"];

if (!process.env.SHEAF_KEY) throw new Error("set SHEAF_KEY to the sponsor's secret phrase");
const signer = signerOf(process.env.SHEAF_KEY);
const client = createClient(getWsProvider(SHEAF_NODE));
const chain = client.getTypedApi(sheaf);
const ask = <Answer>(method: string, ...params: unknown[]) =>
	client._request<Answer>(method, params);

const say = (event: string, fields: object) =>
	console.log(
		JSON.stringify({ event, ...fields }, (_, value) =>
			typeof value === "bigint" ? value.toString() : value,
		),
	);

/** Softmax regression on 64 inputs, from zero: two rounds, two trainers. */
async function specOf(initialModelRoot: string) {
	const limits = await chain.apis.TrainingApi.limits();
	const bytes = new TextEncoder();
	return {
		rule_version: 1,
		parameters: {
			rule: Enum("WeightedMean"),
			element_count: BigInt((INPUTS + 1) * OUTPUTS),
			clip: 4 << FRACTION_BITS,
			model_bound: 64 << FRACTION_BITS,
		},
		fraction_bits: FRACTION_BITS,
		network: [INPUTS, OUTPUTS],
		manifest: [
			{ name: bytes.encode("layers.0.weight"), shape: [OUTPUTS, INPUTS] },
			{ name: bytes.encode("layers.0.bias"), shape: [OUTPUTS] },
		],
		initial_model_root: initialModelRoot,
		evaluation: undefined,
		marginal_share: 0,
		rounds: 2,
		min_trainers: 2,
		max_trainers: 2,
		max_weight: 1,
		enrolment: Enum("Open"),
		// The shortest phases that the chain allows, but for those in which others have to act.
		lengths: { ...limits.min_lengths, prepare: 40, enrolment: 20, commit: 40, upload: 20 },
		max_attempts: 4,
		training: bytes.encode(JSON.stringify({ epochs: 2, rate: 0.05, batch: 8 })),
	};
}

/** Asks for the price, opens the bounty and uploads its first model; returns its id. */
async function open(): Promise<number> {
	const model = blobOf(new Int32Array((INPUTS + 1) * OUTPUTS));
	const spec = await specOf(model.root);
	const quote = await chain.apis.TrainingApi.quote(spec);
	if (!quote.success) throw new Error(`the chain would refuse the spec: ${quote.value.type}`);
	const reward = quote.value.min_reward + 1_000n * SHEAF;
	say("quote", { minReward: quote.value.min_reward, openingFee: quote.value.opening_fee, reward });

	const call = chain.tx.TrainingBounties.open_bounty({ spec, reward });
	const included = await call.signAndSubmit(signer);
	if (!included.ok) throw new Error(`refused: ${JSON.stringify(included.dispatchError)}`);
	const [opened] = chain.event.TrainingBounties.BountyOpened.filter(included.events);
	if (!opened) throw new Error("the chain did not say which bounty it is");
	const { bounty } = opened.payload;
	say("opened", { bounty, block: included.block.number });
	await upload(SHEAF_GATEWAY, bounty, model);
	return bounty;
}

/** Tells of a bounty's changes, until it has ended in a final block. */
function follow(id: number): Promise<{ bounty: Bounty; at: string }> {
	let bounty: Bounty;
	return new Promise((resolve, reject) => {
		const told = client._subscribe<Notification>("bounty_subscribe", "bounty_unsubscribe", [id]);
		const subscription = told.subscribe({
			error: reject,
			next: (news) => {
				if (news.event !== "final") {
					bounty = news.value;
					say(news.event, { block: news.at.number, state: bounty.state });
				} else if (ENDED.includes(bounty.state.stage)) {
					subscription.unsubscribe();
					resolve({ bounty, at: news.at.hash });
				}
			},
		});
	});
}

/** What an account was paid by a bounty, as of a final block. */
async function receiptsOf(account: string, bounty: number, at: string): Promise<Receipt[]> {
	const receipts: Receipt[] = [];
	let cursor: string | null = null;
	do {
		const page: ReceiptPage = await ask("rewards_receipts", account, 100, cursor, at);
		receipts.push(...page.receipts);
		cursor = page.next;
	} while (cursor !== null);
	return receipts.filter((receipt) => receipt.bounty === bounty);
}

/** Whether the block of a receipt has an event that says the same. */
async function isInEvents(account: string, receipt: Receipt): Promise<boolean> {
	const block = await ask<string>("chain_getBlockHash", receipt.block);
	const paid = await chain.event.Rewards.Paid.get(block);
	return paid.some(
		({ payload }) =>
			payload.account === account &&
			payload.bounty === receipt.bounty &&
			payload.round === receipt.round &&
			payload.service.type.toLowerCase() === receipt.service &&
			payload.amount === BigInt(receipt.amount),
	);
}

const id = await open();
const { bounty, at } = await follow(id);
const verifiers = await ask<NodePage>("node_list", { roles: ["verifier"] }, 100);
const workers = [
	...bounty.trainers.map((trainer) => trainer.account),
	...bounty.aggregators,
	...verifiers.nodes.map((node) => node.account),
];
for (const account of workers) {
	for (const receipt of await receiptsOf(account, id, at)) {
		say("receipt", { account, ...receipt, inEvents: await isInEvents(account, receipt) });
	}
}
client.destroy();
