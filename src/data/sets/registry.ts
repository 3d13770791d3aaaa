import { Registry } from "../../registry/index.js";
import { cars196 } from "./cars196.js";
import { cifar10, cifar100 } from "./cifar.js";
import { cub } from "./cub.js";
import { ijbB, ijbC } from "./ijb.js";
import { miniImagenet, tieredImagenet } from "./imagenet-few-shot.js";
import { inShop } from "./in-shop.js";
import { lfw } from "./lfw.js";
import { market1501 } from "./market-1501.js";
import { emnist, fashionMnist, kmnist, mnist } from "./mnist.js";
import { msmt17 } from "./msmt17.js";
import { omniglot } from "./omniglot.js";
import type { PublishedSet, SetReader } from "./published.js";
import { stanfordOnlineProducts } from "./stanford-online-products.js";
import { vehicleId } from "./vehicle-id.js";
import { youtubeFaces } from "./youtube-faces.js";

/** The published data sets that Simile reads as their makers hand them out. */
export const publishedSets = new Registry<SetReader, PublishedSet>("data set", [
  cars196,
  cifar10,
  cifar100,
  cub,
  emnist,
  fashionMnist,
  ijbB,
  ijbC,
  inShop,
  kmnist,
  lfw,
  market1501,
  miniImagenet,
  mnist,
  msmt17,
  omniglot,
  stanfordOnlineProducts,
  tieredImagenet,
  vehicleId,
  youtubeFaces,
]);
