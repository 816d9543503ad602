/**
 * @module
 * What helps to test that which uses pagerport.
 */
export { signWebhook } from "../webhook/sign-webhook.ts";
