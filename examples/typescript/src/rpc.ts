/** As much of what the node's own methods answer (docs/rpc.md) as the example reads. */

/** A block. */
export interface BlockRef {
	hash: string;
	number: number;
}

/** A bounty. */
export interface Bounty {
	id: number;
	state: { stage: string };
	trainers: { account: string }[];
	aggregators: string[];
}

/** What `bounty_subscribe` tells. */
export type Notification =
	| { event: "changed"; at: BlockRef; value: Bounty }
	| { event: "reverted"; at: BlockRef; value: Bounty; takenBack: BlockRef[] }
	| { event: "final"; at: BlockRef };

/** A payment. */
export interface Receipt {
	bounty: number;
	round: number;
	service: string;
	amount: string;
	block: number;
	delivered: boolean;
}

/** A page of an account's payments. */
export interface ReceiptPage {
	receipts: Receipt[];
	next: string | null;
}

/** A page of registered nodes. */
export interface NodePage {
	nodes: { account: string }[];
}
