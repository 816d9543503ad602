export { type Clock, systemClock } from "./clock.ts";
export {
  ConfigError,
  describeError,
  FileError,
  HttpError,
  NetworkError,
  PagerportError,
  type RequestErrorOptions,
} from "./errors.ts";
