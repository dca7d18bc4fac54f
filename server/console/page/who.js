// Who sits here, and says so once: what they set is kept under this name.

import {h, labelled} from "./dom.js";

export const who = {name: ""};

export const whoField = note => labelled("You are", h("input", {value: who.name, maxlength: 128, autocomplete: "name", oninput: e => { who.name = e.target.value; }}), note);
