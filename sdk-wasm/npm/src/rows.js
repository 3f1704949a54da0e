// The rows of a list in its order.

/**
 * Rows stay where they are, and numbers move in their place: those are moved as bytes, while of each object that moves the
 * garbage collector is told.
 */
export class Rows {
  #rows;
  /** The number of the row at each place. */
  #order;

  constructor(rows) {
    this.#rows = rows.slice();
    this.#order = Uint32Array.from(rows.keys());
  }

  get length() {
    return this.#rows.length;
  }

  toArray() {
    return this.#rows.map((_, place) => this.#rows[this.#order[place]]);
  }

  /** The row of a session. */
  find(key) {
    return this.#rows.find((row) => row.key === key);
  }

  /** Takes out the row at a place, and then puts one in at another, where these are given. */
  splice(removed, inserted, row) {
    if (removed === undefined) {
      if (inserted !== undefined) this.#insert(inserted, row);
    } else if (inserted === undefined) this.#remove(removed);
    else this.#replace(removed, inserted, row);
  }

  #insert(place, row) {
    const number = this.#rows.push(row) - 1;
    if (number === this.#order.length) {
      const order = this.#order;
      this.#order = new Uint32Array(number * 2 + 8);
      this.#order.set(order);
    }
    this.#order.copyWithin(place + 1, place, number);
    this.#order[place] = number;
  }

  #remove(place) {
    const number = this.#order[place];
    this.#order.copyWithin(place, place + 1, this.#rows.length);
    const row = this.#rows.pop();
    if (number === this.#rows.length) return;
    // The last one takes its number.
    this.#order[this.#order.indexOf(this.#rows.length)] = number;
    this.#rows[number] = row;
  }

  #replace(removed, inserted, row) {
    const number = this.#order[removed];
    if (inserted < removed) this.#order.copyWithin(inserted + 1, inserted, removed);
    else this.#order.copyWithin(removed, removed + 1, inserted + 1);
    this.#order[inserted] = number;
    this.#rows[number] = row;
  }
}
