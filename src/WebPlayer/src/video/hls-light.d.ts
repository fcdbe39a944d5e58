/** The build without subtitles, DRM and alternative audio; same interface, half the size. */
declare module 'hls.js/light' {
  export { default } from 'hls.js';
}
