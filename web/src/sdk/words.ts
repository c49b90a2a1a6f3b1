/** What the house tells the widget, and what the widget knows of a message. */

export interface Config {
  name: string;
  colour: string;
  language: string;
  direction: string;
  longest: number;
  words: Record<string, string>;
}

export interface Message {
  number: number;
  at: string;
  from: "me" | "them";
  name: string;
  text: string;
  clientId: string | null;
  read: boolean;
}

/** A message that the house has not confirmed yet. */
export interface Unsent {
  clientId: string;
  text: string;
  at: string;
  /** Why it was refused, as a name of the wording; empty while it is on its way. */
  problem: string;
}

/** Who the page says the visitor is. */
export interface Visitor {
  userId?: string;
  identifierHash?: string;
  traits: Record<string, unknown>;
}
