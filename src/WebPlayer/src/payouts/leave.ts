/** Goes to a page of the payment provider, which comes back by itself. Only web pages: an address is data. */
export function leaveFor(url: string): void {
  const { protocol, href } = new URL(url, window.location.href);
  if (protocol === 'https:' || protocol === 'http:') window.location.assign(href);
}
