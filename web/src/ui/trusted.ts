/** The one Trusted Types policy: workers may be started from this origin's own files. */

interface Policies {
  createPolicy(
    name: string,
    rules: { createScriptURL: (address: string) => string },
  ): unknown;
}

/**
 * Install the policy named `default`; nothing else may make scripts out of strings, and
 * nothing at all may make HTML of them.
 */
export function allowOwnScripts(): void {
  const types = (window as { trustedTypes?: Policies }).trustedTypes;
  types?.createPolicy("default", {
    createScriptURL(address) {
      const url = new URL(address, document.baseURI);
      if (url.origin !== location.origin || !url.pathname.endsWith(".js"))
        throw new TypeError("Scripts come from the page's own files and nowhere else.");
      return address;
    },
  });
}
