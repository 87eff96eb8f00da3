import { inWords } from "./option-mistakes.ts";
import type { Principal } from "./principal.ts";

/** A predicate in its JSON spelling: `{ "or": [{ "price": { "lt": 1000 } }, { "owner": "..." }] }`. */
export type WhereJson = { readonly [key: string]: unknown };

/** What a rule answers: always, never, or for the records that match. */
export type Verdict = boolean | WhereJson;

/** What a rule decides by. */
export interface RuleContext {
  /** The signed-in user, or null. */
  readonly user: Principal["user"];
  /** The time of the request, RFC 3339 in UTC. */
  readonly now: string;
}

/** The function inside a rule. It must be pure: it is asked again for each request, and on more than one thread. */
export type Decide = (context: RuleContext) => Verdict;

/** Whether a rule lets anyone pass who is not signed in. */
export type Audience = "anyone" | "signedIn";

/**
 * Who may do something: a function of who asks that answers true, false or a predicate over the record.
 * Rules compose.
 *
 * @example
 * access: { read: owner("customer").or(role("admin")), write: role("admin") }
 */
export class Rule<A extends Audience = Audience> {
  /** Carries the type for inference; never set. */
  declare readonly audience: A;
  readonly decide: Decide;
  /** Roles that the rule names, so that a misspelt one is found when the definition is loaded. */
  readonly roles: readonly string[];
  /** Fields that the rule compares, for the same reason. */
  readonly owners: readonly string[];
  /** What is wrong with how it was made, each as the end of a sentence. */
  readonly mistakes: readonly string[];

  constructor(
    decide: Decide,
    roles: readonly string[] = [],
    owners: readonly string[] = [],
    mistakes: readonly string[] = [],
  ) {
    this.decide = decide;
    this.roles = roles;
    this.owners = owners;
    this.mistakes = mistakes;
  }

  /** Passes what either rule lets pass. */
  or<B extends Audience>(other: Rule<B> | Decide): Rule<A | B> {
    const second = toRule(other);
    return new Rule<A | B>(
      (context) => {
        const left = this.decide(context);
        if (left === true) return true;
        const right = second.decide(context);
        if (left === false || right === true) return right;
        return right === false ? left : { or: [left, right] };
      },
      [...this.roles, ...second.roles],
      [...this.owners, ...second.owners],
      [...this.mistakes, ...second.mistakes],
    );
  }

  /** Passes what both rules let pass. */
  and<B extends Audience>(other: Rule<B> | Decide): Rule<A & B extends never ? "signedIn" : A & B> {
    const second = toRule(other);
    return new Rule(
      (context) => {
        const left = this.decide(context);
        if (left === false) return false;
        const right = second.decide(context);
        if (left === true || right === false) return right;
        return right === true ? left : { and: [left, right] };
      },
      [...this.roles, ...second.roles],
      [...this.owners, ...second.owners],
      [...this.mistakes, ...second.mistakes],
    );
  }

  /** Passes what this rule doesn't. */
  not(): Rule<"anyone"> {
    return new Rule(
      (context) => {
        const verdict = this.decide(context);
        return typeof verdict === "boolean" ? !verdict : { not: verdict };
      },
      this.roles,
      this.owners,
      this.mistakes,
    );
  }
}

/** A rule, or the bare function of one. */
export type RuleLike = Rule | Decide;

/** A rule from either spelling. */
export function toRule<A extends Audience>(rule: Rule<A> | Decide): Rule<A> {
  if (typeof rule === "function") return new Rule<A>(rule);
  return isRule(rule) ? rule : wrong(`is combined with ${inWords(rule)}, which is no rule`);
}

function isRule(rule: unknown): boolean {
  return rule instanceof Rule;
}

/** A rule that lets nobody pass, and keeps the definition from being served. */
function wrong<A extends Audience>(mistake: string): Rule<A> {
  return new Rule<A>(() => false, [], [], [mistake]);
}

/** Anyone, signed in or not. */
export const everyone: Rule<"anyone"> = new Rule(() => true);

/** No client; actions may still do it with `db.unrestricted`. */
export const nobody: Rule<"signedIn"> = new Rule(() => false);

/** Anyone who is signed in. */
export const signedIn: Rule<"signedIn"> = new Rule(({ user }) => user !== null);

/** Users who have the role. */
export function role(name: string): Rule<"signedIn"> {
  if (!isText(name)) return wrong(`has role(${inWords(name)}), and role() takes a name, as in role("admin")`);
  return new Rule(({ user }) => user !== null && user.roles.includes(name), [name]);
}

/**
 * Records whose field holds the id of the signed-in user. The field may lead through relations:
 * `owner("cart.customer")`.
 *
 * @example
 * access: { read: owner("customer") }
 */
export function owner(field: string): Rule<"signedIn"> {
  if (!isText(field)) return wrong(`has owner(${inWords(field)}), and owner() takes a field, as in owner("customer")`);
  const steps = field.split(".");
  return new Rule(
    ({ user }) => {
      if (user === null) return false;
      return steps.reduceRight<unknown>((inner, step) => ({ [step]: inner }), user.id) as WhereJson;
    },
    [],
    [field],
  );
}

function isText(given: unknown): boolean {
  return typeof given === "string";
}
