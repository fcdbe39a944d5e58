// A page's own timers slow down when its tab is hidden; those of a worker do not.
let timer: ReturnType<typeof setInterval> | undefined;

addEventListener('message', ({ data }: MessageEvent<number>) => {
  clearInterval(timer);
  timer = setInterval(() => postMessage(0), data);
});
