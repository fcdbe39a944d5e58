using LiveCommerce.Gateway.Video.Instant;
using LiveCommerce.Media.Fragments;
using LiveCommerce.Tests;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>What an instant viewer is given next, whatever it was given before.</summary>
public sealed class InstantRingTests
{
    private const int FragmentMs = 50;
    private const long ManyBytes = 100_000_000;

    private static readonly MediaTrack Picture = new(1, TrackKind.Video, 1000, "avc1.42c01f", 640, 360);
    private static readonly InitSegment Init = new(new byte[] { 1, 2, 3 }, [Picture]);

    private readonly ManualTimeProvider _time = new();
    private InstantRing _ring;
    private InstantFrame _header = InstantWire.Init(0, Init, DateTimeOffset.UnixEpoch);
    private int _made;

    public InstantRingTests() => _ring = new InstantRing(new InstantLimits(TimeSpan.FromSeconds(3), ManyBytes), _time);

    [Fact]
    public void Joiner_GetsTheHeaderThenTheNewestKeyframe_ThenEverythingInOrder()
    {
        Come(50, keyframeEvery: 20);
        var cursor = InstantCursor.New;

        var given = Drain(ref cursor);

        Assert.Equal(["header 0", "K40", "41", "42", "43", "44", "45", "46", "47", "48", "49"], given);
        Come(2, keyframeEvery: 20);
        Assert.Equal(["50", "51"], Drain(ref cursor));
    }

    [Fact]
    public void JoinerBeforeAnyKeyframe_WaitsForOne()
    {
        var cursor = InstantCursor.New;
        Assert.Empty(Drain(ref cursor));
        Come(1, keyframeEvery: 20);
        Assert.Equal(["header 0", "K0"], Drain(ref cursor));
    }

    [Fact]
    public void Viewers_GetTheVerySameBytes()
    {
        Come(30, keyframeEvery: 20);
        var (one, other) = (InstantCursor.New, InstantCursor.New);

        Assert.Equal(Frames(ref one), Frames(ref other), ReferenceEqualityComparer.Instance);
    }

    [Fact]
    public void ViewerThatIsTooFarBehind_IsToldAndGoesOnAtTheNewestKeyframe()
    {
        Come(1, keyframeEvery: 20);
        var cursor = InstantCursor.New;
        Drain(ref cursor);
        Come(85, keyframeEvery: 20);

        Assert.Equal(["skip", "K80", "81", "82", "83", "84", "85"], Drain(ref cursor));
    }

    [Fact]
    public void ViewerThatIsALittleBehind_MissesNothing()
    {
        Come(1, keyframeEvery: 20);
        var cursor = InstantCursor.New;
        Drain(ref cursor);
        Come(55, keyframeEvery: 20);

        Assert.Equal(55, Drain(ref cursor).Count);
    }

    [Fact]
    public void ViewerBehindWithoutANewerKeyframe_IsGivenWhatThereIs()
    {
        Come(1, keyframeEvery: 1000);
        var cursor = InstantCursor.New;
        Drain(ref cursor);
        Come(100, keyframeEvery: 1000);

        Assert.Equal(100, Drain(ref cursor).Count);
    }

    [Fact]
    public void MoreBytesThanTheBound_AreDroppedOldestFirst_AndAViewerWhoseNextIsGoneWaitsForAKeyframe()
    {
        _ring = new InstantRing(new InstantLimits(TimeSpan.FromSeconds(3), 1000), _time);
        Come(1, keyframeEvery: 1000);
        var (cursor, joiner) = (InstantCursor.New, InstantCursor.New);
        Drain(ref cursor);
        Come(200, keyframeEvery: 1000);

        Assert.True(_ring.Bytes <= 1000);
        Assert.Empty(Drain(ref cursor));
        Assert.Empty(Drain(ref joiner));
        _made = 0;
        Come(2, keyframeEvery: 1000);
        Assert.Equal(["skip", "K0", "1"], Drain(ref cursor));
        Assert.Equal(["header 0", "K0", "1"], Drain(ref joiner));
    }

    [Fact]
    public void NewRun_IsGivenItsHeaderOnce_BeforeItsFirstFragment()
    {
        Come(3, keyframeEvery: 20);
        var cursor = InstantCursor.New;
        Drain(ref cursor);
        _ring.Add(InstantWire.Pause(new InstantPlace(0, TimeSpan.Zero, DateTimeOffset.UnixEpoch)));
        _header = InstantWire.Init(1, Init, DateTimeOffset.UnixEpoch);
        _made = 0;
        Come(2, keyframeEvery: 20);

        Assert.Equal(["pause", "header 1", "K0", "1"], Drain(ref cursor));
        Come(1, keyframeEvery: 20);
        Assert.Equal(["2"], Drain(ref cursor));
    }

    [Fact]
    public void WhatIsKept_IsFromTheNewestKeyframeAndAsLongAsAViewerMayBeBehind()
    {
        Come(10_000, keyframeEvery: 20);
        var frame = Wire(0, keyframe: false).Wire.Length;

        Assert.InRange(_ring.Bytes, 60 * frame, 85 * frame);
    }

    [Theory]
    [InlineData(10, 2)]
    [InlineData(101, 2)]
    [InlineData(102, 4)]
    [InlineData(60_000, 4)]
    [InlineData(65_511, 4)]
    [InlineData(65_512, 10)]
    public void Frame_IsAWholeWebSocketMessageOfItsLength(int payload, int before)
    {
        var fragment = new Fragment(new byte[payload], [new TrackRun(Picture, TimeSpan.FromMilliseconds(40), TimeSpan.FromMilliseconds(40), 1, true)]);
        var frame = InstantWire.Fragment(
            new InstantPlace(7, TimeSpan.FromMilliseconds(40), DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123)), keyframe: true, fragment, _header);

        Assert.Equal(before, frame.Before);
        Assert.Equal(before + InstantWire.HeaderBytes + payload, frame.Wire.Length);
        Assert.Equal(0x82, frame.Wire.Span[0]);
        Assert.Equal([2, 1, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0x9c, 0x40], frame.Message.Span[..16].ToArray());
        Assert.Equal(1_790_000_000_123, System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(frame.Message.Span[16..]));
    }

    private static InstantFrame Wire(int number, bool keyframe, InstantFrame? header = null) =>
        InstantWire.Fragment(
            new InstantPlace(0, TimeSpan.FromMilliseconds(number * FragmentMs), DateTimeOffset.UnixEpoch),
            keyframe,
            new Fragment(new byte[40], [new TrackRun(Picture, TimeSpan.FromMilliseconds(number * FragmentMs), TimeSpan.FromMilliseconds(FragmentMs), 1, keyframe)]),
            header!);

    private void Come(int count, int keyframeEvery)
    {
        for (var i = 0; i < count; i++, _made++)
        {
            _ring.Add(Wire(_made, _made % keyframeEvery == 0, _header));
            _time.Advance(TimeSpan.FromMilliseconds(FragmentMs));
        }
    }

    private List<InstantFrame> Frames(ref InstantCursor cursor)
    {
        var frames = new List<InstantFrame>();
        while (_ring.Next(ref cursor, out _) is { } frame) { frames.Add(frame); }
        return frames;
    }

    private List<string> Drain(ref InstantCursor cursor) => [.. Frames(ref cursor).Select(frame => frame.Kind switch
    {
        InstantKind.Init => $"header {frame.Place.Run}",
        InstantKind.Fragment => $"{(frame.Keyframe ? "K" : "")}{frame.Place.Time.TotalMilliseconds / FragmentMs}",
        var other => other.ToString().ToLowerInvariant(),
    })];
}
