export { attribute, type Place, placeOf, withPlace } from "./attribution.js";
export { type ProfileModelOptions, profileModel } from "./model.js";
export { type ProfiledSteps, type StepTimes, summarize } from "./summary.js";
export { type ProfileOptions, profileTraining } from "./training.js";
