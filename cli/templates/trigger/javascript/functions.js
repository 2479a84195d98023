// The trigger function of wit/world.wit. What it throws is the error.

export function tidy({ email, edits }) {
  if (!email.includes("@")) throw `${email} is no e-mail address`;
  return { email: email.toLowerCase(), edits: edits + 1 };
}
