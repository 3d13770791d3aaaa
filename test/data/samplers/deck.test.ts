import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Deck } from "../../../src/data/samplers/deck.js";
import { RandomSource } from "../../../src/data/samplers/resumable.js";
import { Random } from "../../../src/rng/index.js";
import { spread } from "./arbitraries.js";

function deckOf(size: number, seed: number): Deck {
  return new Deck(
    Int32Array.from({ length: size }, (_, i) => i),
    new RandomSource(new Random(seed)),
  );
}

describe("Deck", () => {
  const deals = fc.array(fc.integer({ min: 0, max: 25 }), { maxLength: 12 });

  test("cards in a deal, and cards over all deals, differ in number by at most one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(), deals, (size, seed, counts) => {
        const deck = deckOf(size, seed);
        const all: number[] = [];
        for (const count of counts) {
          const dealt = deck.deal(count);
          expect(dealt.length).toBe(count);
          expect(spread(dealt, deck.cards)).toBeLessThanOrEqual(1);
          for (const card of dealt) {
            all.push(card);
            expect(spread(all, deck.cards)).toBeLessThanOrEqual(1);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test("every order is equally likely", () => {
    const seen = new Map<string, number>();
    const deck = deckOf(3, 7);
    for (let i = 0; i < 6000; i++) {
      const order = deck.deal(3).join();
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    expect(seen.size).toBe(6);
    for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  test("refuses piles of other cards", () => {
    for (const state of [[3], [-1], [0.5], ["0"], [0, 1, 2, 0], "pile", undefined]) {
      expect(() => deckOf(3, 1).restore(state)).toThrow(expect.objectContaining({ code: "invalid-state" }));
    }
  });
});
