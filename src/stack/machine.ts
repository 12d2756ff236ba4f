import { GenericContainer, PullPolicy, Wait } from 'testcontainers';
import { limits } from '../limits.ts';
import type { Rendered } from './templates.ts';

// The library's own reaper lives in an image of its own, and nothing but our images is ever used: client and sweep do its work.
process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
// No port is published, so nobody needs the engine's host name; finding it out would start a helper container.
process.env.TESTCONTAINERS_HOST_OVERRIDE = '127.0.0.1';

export interface MachineOptions {
  readonly name: string;
  readonly image: string;
  readonly address: string;
  readonly network: string;
  readonly labels: Record<string, string>;
  readonly files: readonly Rendered[];
}

/** A container that stands for one VM: a fixed address, its own network namespace to cut, and configuration in place before it starts. */
export class MachineContainer extends GenericContainer {
  readonly #address: string;

  constructor({ name, image, address, network, labels, files }: MachineOptions) {
    super(image);
    this.#address = address;
    this.withName(name)
      .withNetworkMode(network)
      .withLabels(labels)
      .withAddedCapabilities('NET_ADMIN')
      .withPullPolicy(PullPolicy.neverPull())
      .withCopyContentToContainer(files.map(file => ({ content: file.content, target: file.target })))
      // The supervisor has started a daemon; whether that is of use is asked of the daemon itself.
      .withWaitStrategy(Wait.forLogMessage(/daemon \S+ up /))
      .withStartupTimeout(limits.machinesStartMs);
  }

  // testcontainers sets neither subnet nor address: configurations name addresses, as the guides' do, and a stopped container keeps its own.
  protected override async beforeContainerCreated(): Promise<void> {
    this.createOpts.NetworkingConfig = {
      EndpointsConfig: { [this.networkMode!]: { IPAMConfig: { IPv4Address: this.#address } } },
    };
  }
}
