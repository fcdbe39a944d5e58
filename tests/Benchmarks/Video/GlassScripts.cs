namespace LiveCommerce.Benchmarks.Video;

/// <summary>What runs in the pages: the time is drawn where a camera would be, and read off the picture that is played.</summary>
internal static class GlassScripts
{
    /// <summary>
    /// Before the streamer's page: its camera is a canvas of 640 × 360 with the milliseconds of now as black and white fields, 24 bits and
    /// 8 that check them, and its microphone a tone. All else is the studio's own: it draws, records and publishes as with any camera.
    /// </summary>
    public const string Film =
        """
        (() => {
          localStorage.setItem('studio.settings', JSON.stringify({ height: 360, framesPerSecond: 30, kilobits: 1000 }));
          const canvas = document.createElement('canvas');
          [canvas.width, canvas.height] = [640, 360];
          const brush = canvas.getContext('2d', { alpha: false });
          const draw = () => {
            const time = Date.now() % 16777216;
            const check = (time * 7 + (time >> 8) * 13 + (time >> 16) * 29) & 255;
            for (let bit = 0; bit < 32; bit++) {
              const set = bit < 24 ? (time >> bit) & 1 : (check >> (bit - 24)) & 1;
              brush.fillStyle = set ? '#fff' : '#000';
              brush.fillRect((bit % 8) * 80, (bit >> 3) * 90, 80, 90);
            }
            requestAnimationFrame(draw);
          };
          draw();
          navigator.mediaDevices.getUserMedia = async (wish) => {
            const tracks = wish.video ? canvas.captureStream(30).getVideoTracks() : [];
            if (wish.audio) {
              const audio = new AudioContext();
              const tone = audio.createOscillator();
              const out = audio.createMediaStreamDestination();
              tone.connect(out);
              tone.start();
              tracks.push(...out.stream.getAudioTracks());
            }
            return new MediaStream(tracks);
          };
        })();
        """;

    /// <summary>
    /// Before a viewer's page: for every broadcast, when its first picture was shown; and of every third picture, how old it was when it
    /// was shown, as the browser says when it will be.
    /// </summary>
    public const string Watch =
        """
        (() => {
          const glass = (window.glass = { readings: [], unread: 0, firstAt: {}, firstMs: {} });
          const small = new OffscreenCanvas(64, 32);
          const brush = small.getContext('2d', { willReadFrequently: true });
          const seen = new WeakSet();
          let count = 0;
          const read = (video) => {
            brush.drawImage(video, 0, 0, 64, 32);
            const { data } = brush.getImageData(0, 0, 64, 32);
            let [time, check] = [0, 0];
            for (let bit = 0; bit < 32; bit++) {
              const at = (((bit >> 3) * 8 + 4) * 64 + (bit % 8) * 8 + 4) * 4;
              if (data[at] < 128) continue;
              if (bit < 24) time |= 1 << bit;
              else check |= 1 << (bit - 24);
            }
            return check === ((time * 7 + (time >> 8) * 13 + (time >> 16) * 29) & 255) ? time : null;
          };
          const watch = (video) => {
            const shown = (_, { expectedDisplayTime }) => {
              video.requestVideoFrameCallback(shown);
              const id = video.dataset.streamId ?? 'plain';
              glass.firstAt[id] ??= Date.now();
              glass.firstMs[id] ??= performance.now();
              if (count++ % 3 > 0) return;
              const time = read(video);
              const at = Date.now() + (expectedDisplayTime - performance.now());
              const age = time === null ? -1 : (((at - time) % 16777216) + 16777216) % 16777216;
              if (age >= 0 && age < 60000) glass.readings.push(age);
              else glass.unread++;
            };
            video.requestVideoFrameCallback(shown);
          };
          const look = () => {
            const video = document.querySelector('[data-testid=video]');
            if (video && !seen.has(video)) {
              seen.add(video);
              watch(video);
            }
            requestAnimationFrame(look);
          };
          requestAnimationFrame(look);
        })();
        """;

    /// <summary>Before a viewer's page: the device asks for few bytes, and the player goes over LL-HLS.</summary>
    public const string SaveData = "Object.defineProperty(navigator, 'connection', { value: { saveData: true } });";

    /// <summary>A page with hls.js as it is without low latency.</summary>
    public const string PlainPage = "<!doctype html><title>Plain HLS</title><video data-testid=\"video\" muted autoplay playsinline width=\"640\" height=\"360\"></video>";

    /// <summary>Starts it.</summary>
    public const string PlayPlain =
        """
        (url) => {
          const hls = new Hls({ lowLatencyMode: false });
          hls.loadSource(url);
          hls.attachMedia(document.querySelector('video'));
        }
        """;
}
