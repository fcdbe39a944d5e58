using LiveCommerce.Media.Fragments;

namespace LiveCommerce.Media.Tests;

/// <summary>Fragments as FFmpeg makes them of a recording: about 50 ms each, picture and sound, the picture at a rate that jitters.</summary>
internal sealed class RandomStream
{
    private static readonly MediaTrack Video = new(1, TrackKind.Video, 90_000, "avc1.42c01f", 1280, 720);
    private static readonly MediaTrack Audio = new(2, TrackKind.Audio, 48_000, "mp4a.40.2", 0, 0);
    private static readonly TimeSpan SoundFrame = TimeSpan.FromSeconds(1024 / 48_000.0);
    private static readonly TimeSpan FragmentLength = TimeSpan.FromMilliseconds(50);

    private RandomStream(List<Fragment> fragments) => Fragments = fragments;

    public static InitSegment Header { get; } = new(new byte[] { 1 }, [Video, Audio]);

    public List<Fragment> Fragments { get; }

    /// <summary>So many seconds of them.</summary>
    /// <param name="jitter">The share by which a picture may come early or late.</param>
    /// <param name="keyframeEvery">Seconds.</param>
    public static RandomStream Make(Random random, double framesPerSecond, double jitter, double keyframeEvery, double seconds)
    {
        var fragments = new List<Fragment>();
        var frame = TimeSpan.FromSeconds(1 / framesPerSecond);
        var at = TimeSpan.Zero;
        var sound = TimeSpan.FromMilliseconds(random.Next(-20, 20));
        var nextKeyframe = TimeSpan.Zero;
        while (at.TotalSeconds < seconds)
        {
            var start = at;
            var (frames, key) = (0, at >= nextKeyframe);
            if (key) { nextKeyframe += TimeSpan.FromSeconds(keyframeEvery); }
            do
            {
                at += frame * (1 + (jitter * ((random.NextDouble() * 2) - 1)));
                frames++;
            }
            while (at - start < FragmentLength && at < nextKeyframe);

            // What samples claim is the steady rate, whatever the next picture does; recorders round to milliseconds.
            at = TimeSpan.FromMilliseconds(Math.Round(at.TotalMilliseconds));
            var runs = new List<TrackRun> { new(Video, start, frame * frames, frames, key) };
            var samples = Math.Max(0, (int)((at - sound) / SoundFrame));
            if (samples > 0) { runs.Add(new TrackRun(Audio, sound < TimeSpan.Zero ? TimeSpan.Zero : sound, SoundFrame * samples, samples, true)); }
            sound += SoundFrame * samples;
            fragments.Add(new Fragment(new byte[random.Next(50, 500)], runs));
        }

        return new RandomStream(fragments);
    }
}
