import { z } from "zod";
import { parseState, type RandomSource, type Resumable } from "./resumable.js";

/**
 * Cards dealt from a shuffled pile, shuffled anew when it is empty: at any time, no card has been dealt two times more
 * often than another. One deal holds every card once before any twice; that stays so where a deal goes over the end of
 * the pile.
 */
export class Deck implements Resumable {
  /** Positions in `cards`, dealt from the end. */
  private pile: number[] = [];

  constructor(
    readonly cards: Int32Array,
    private readonly source: RandomSource,
  ) {}

  /** The next `count` cards; there must be at least one card in the deck. */
  deal(count: number): Int32Array {
    const dealt: number[] = [];
    const rest = Math.min(this.pile.length, count);
    while (dealt.length < count) {
      if (this.pile.length === 0) this.shuffle(dealt.slice(0, rest), count - dealt.length);
      dealt.push(this.pile.pop()!);
    }
    return Int32Array.from(dealt, (position) => this.cards[position]!);
  }

  /** A new pile; as far as possible, the `needed` cards on top are none of `before`, which the same deal holds already. */
  private shuffle(before: readonly number[], needed: number): void {
    const size = this.cards.length;
    const pile = this.source.current.shuffle([...new Array(size).keys()]);
    const avoided = new Set(before);
    let below = 0;
    for (let top = Math.max(0, size - needed); top < size && needed < size; top++) {
      if (!avoided.has(pile[top]!)) continue;
      while (below < size - needed && avoided.has(pile[below]!)) below++;
      if (below === size - needed) break;
      [pile[top], pile[below]] = [pile[below]!, pile[top]!];
    }
    this.pile = pile;
  }

  state(): number[] {
    return [...this.pile];
  }

  restore(state: unknown): void {
    const schema = z
      .array(
        z
          .int()
          .min(0)
          .max(this.cards.length - 1),
      )
      .max(this.cards.length);
    this.pile = parseState(schema, state, `positions in ${this.cards.length} cards`);
  }
}

/** Several decks, such as one a class, with one state. */
export class Decks implements Resumable {
  private readonly decks: readonly Deck[];

  constructor(cards: readonly Int32Array[], source: RandomSource) {
    this.decks = cards.map((own) => new Deck(own, source));
  }

  at(index: number): Deck {
    return this.decks[index]!;
  }

  state(): number[][] {
    return this.decks.map((deck) => deck.state());
  }

  restore(state: unknown): void {
    const states = parseState(z.array(z.unknown()).length(this.decks.length), state, `${this.decks.length} decks`);
    for (const [index, deck] of this.decks.entries()) deck.restore(states[index]);
  }
}

/** A deck of the numbers 0 to `count` - 1. */
export function numberDeck(count: number, source: RandomSource): Deck {
  return new Deck(
    Int32Array.from({ length: count }, (_, i) => i),
    source,
  );
}
