/** Where the network is, what all tests share, and the accounts that they use. */
import { readFileSync } from "node:fs";
import { Keyring } from "@polkadot/api";

export const NODE = process.env.SHEAF_NODE ?? "ws://127.0.0.1:9944";
export const GATEWAY = process.env.SHEAF_GATEWAY ?? "http://127.0.0.1:9955";
export const SHEAF = 10n ** 18n;
export const INPUTS = 64;
export const OUTPUTS = 10;
export const ELEMENTS = (INPUTS + 1) * OUTPUTS;
/** The last phase of a bounty takes blocks; nothing takes as long as this unless it is stuck. */
export const PATIENCE = { timeout: 15 * 60 * 1000 };

/** A development key that has tokens on a local chain. */
export function key(name) {
	return new Keyring({ type: "sr25519", ss58Format: 42 }).addFromUri(`//${name}`);
}

/** The document of the node's own methods. */
export function openRpc() {
	return JSON.parse(readFileSync(new URL("../../docs/openrpc.json", import.meta.url), "utf8"));
}

/** The answer of a JSON-RPC method, over HTTP and without a client. */
export async function rpc(method, ...params) {
	const answer = await fetch(NODE.replace("ws", "http"), {
		method: "POST",
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
	});
	const { error, result } = await answer.json();
	if (error) throw new Error(`${method}: ${error.message}`);
	return result;
}

/** All receipts of an account, as of a block. */
export async function receiptsOf(account, at = null) {
	const receipts = [];
	let cursor = null;
	do {
		const page = await rpc("rewards_receipts", account, 100, cursor, at);
		if (page.missing > 0) throw new Error(`the node lacks receipts of ${account}`);
		receipts.push(...page.receipts);
		cursor = page.next;
	} while (cursor !== null);
	return receipts;
}
