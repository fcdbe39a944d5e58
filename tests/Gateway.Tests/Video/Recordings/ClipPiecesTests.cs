using LiveCommerce.Gateway.Video.Recordings;
using LiveCommerce.Tests;

namespace LiveCommerce.Gateway.Tests.Video.Recordings;

/// <summary>What clips of a running broadcast are made of.</summary>
public sealed class ClipPiecesTests
{
    [Fact]
    public async Task ClipAskedForWhenThePublisherHasJustComeBack_IsOfWhatWasShownBefore_UntilThereIsEnoughOfTheNewRun()
    {
        await using var host = await VideoHost.StartAsync(new ManualTimeProvider());
        var stage = await ScriptedBroadcast.StartAsync(host, 85);
        stage.Begin("source");
        var before = stage.Broadcast.Source.View.Segments;
        AssertAreOf(before, Newest(stage));

        // A first segment of the new run, which is too little.
        stage.Give(25);
        Assert.True(stage.Broadcast.Source.View.Segments.Count > before.Count);
        AssertAreOf(before, Newest(stage));

        stage.Give(60);
        AssertAreOf([.. stage.Broadcast.Source.View.Segments.Skip(before.Count)], Newest(stage));
        Assert.True(ClipPieces.LengthOf(Newest(stage)) >= ClipPieces.Shortest);
    }

    [Fact]
    public async Task BroadcastThatHasShownTooLittleInEveryRun_HasNoClipYet()
    {
        await using var host = await VideoHost.StartAsync(new ManualTimeProvider());
        var stage = await ScriptedBroadcast.OpenAsync(host);
        Assert.Empty(Newest(stage));

        for (var run = 0; run < 3; run++)
        {
            stage.Begin("source");
            stage.Give(15);
        }

        Assert.True(ClipPieces.LengthOf(Newest(stage)) < ClipPieces.Shortest);
    }

    private static List<ClipPiece> Newest(ScriptedBroadcast stage) => ClipPieces.Newest(stage.Broadcast.Source.View, null, 60);

    private static void AssertAreOf(IReadOnlyList<Media.Hls.Segment> segments, List<ClipPiece> pieces)
    {
        Assert.NotEmpty(segments);
        Assert.Equal(TimeSpan.Zero, pieces[0].Duration);
        Assert.Equal(segments.Select(segment => (segment.At, segment.Duration)), pieces.Skip(1).Select(piece => (piece.At, piece.Duration)));
    }
}
