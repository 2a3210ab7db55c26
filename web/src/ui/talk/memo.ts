/** A component that is drawn again only when one of its values is another one. */

import {
  Component,
  createElement,
  type ComponentChild,
  type ComponentType,
} from "preact";

export function memo<P extends object>(
  draw: (props: P) => ComponentChild,
): ComponentType<P> {
  const Inner = draw as ComponentType<P>;
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const names = new Set([...Object.keys(this.props), ...Object.keys(next)]);
      return [...names].some(
        (name) => this.props[name as keyof P] !== next[name as keyof P],
      );
    }
    override render(): ComponentChild {
      return createElement(Inner, this.props);
    }
  };
}
