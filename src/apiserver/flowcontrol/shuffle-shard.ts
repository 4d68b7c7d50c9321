/**
 * Shuffle sharding: which queues a flow may use. The hash of the flow deals it a hand of distinct
 * queues; two flows seldom hold the same hand, so a flow that fills all of its queues leaves
 * others at least one (KEP-1040, "Fair Queuing for Server Requests").
 */
import { createHash } from 'node:crypto';

/** What upstream hashes: name of the FlowSchema, a zero byte, the distinguisher; the first 8 bytes, little-endian. */
export function flowHash(flowSchema: string, distinguisher: string): bigint {
  return createHash('sha256').update(`${flowSchema}\0${distinguisher}`).digest().readBigUInt64LE(0);
}

/**
 * Deals `handSize` different numbers in [0, deckSize), each hand equally likely.
 * `handSize` is 1 to `deckSize`; validation bounds both so that 60 bits of hash are enough.
 */
export function deal(hash: bigint, deckSize: number, handSize: number): number[] {
  const hand: number[] = [];
  const drawn: number[] = [];
  let rest = hash;
  for (let i = 0; i < handSize; i++) {
    const left = BigInt(deckSize - i);
    // The i-th card of those that are left; counting past the cards dealt before makes it a queue.
    let card = Number(rest % left);
    rest /= left;
    for (const taken of drawn) if (card >= taken) card++;
    hand.push(card);
    drawn.push(card);
    drawn.sort((a, b) => a - b);
  }
  return hand;
}
