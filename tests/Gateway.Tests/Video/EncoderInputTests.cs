using LiveCommerce.Gateway.Video;
using LiveCommerce.Gateway.Video.Encoders;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>What FFmpeg may open.</summary>
public sealed class EncoderInputTests
{
    private static readonly SourceFormat FromAnEncoder = new(true, true, true, true, 720, true);

    [Theory]
    [InlineData("rtmp://127.0.0.1/live/0198c0ffee", true)]
    [InlineData("rtmp://127.0.0.1:1935/live/0198c0ffee", true)]
    [InlineData("rtmp://127.0.0.1.example.com/live/x", false)]
    [InlineData("rtmp://example.com/live/x", false)]
    [InlineData("rtmp://user@127.0.0.1/live/x", false)]
    [InlineData("rtmp://127.0.0.1/live/x app=y", false)]
    [InlineData("rtmp://127.0.0.1/live/../x", false)]
    [InlineData("rtmp://127.0.0.1/live/x\n", false)]
    [InlineData("http://127.0.0.1/live/x", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("-i", false)]
    public void OnlyAnRtmpServerOnThisMachine_IsPulledFrom(string address, bool allowed)
    {
        var refused = Record.Exception(() => new EncoderInput.Pulled(address, FromAnEncoder));

        Assert.Equal(allowed, refused is null);
    }

    [Fact]
    public void PulledStream_MayOpenNothingButThatConnection_AndPassesAsItIs()
    {
        var plan = EncoderPlan.For(new EncoderInput.Pulled("rtmp://127.0.0.1/live/x", FromAnEncoder), new VideoOptions(), mayCopy: true);

        Assert.False(plan.IsFed);
        Assert.True(plan.Copies);
        Assert.Equal("rtmp,tcp", After(plan, "-protocol_whitelist"));
        Assert.Equal("copy", After(plan, "-c:v"));
        Assert.Equal("copy", After(plan, "-c:a"));
        Assert.DoesNotContain("-nostdin", plan.Arguments);
    }

    [Fact]
    public void CopyThatHasFailed_IsNotTriedAgain()
    {
        var plan = EncoderPlan.For(new EncoderInput.Pulled("rtmp://127.0.0.1/live/x", FromAnEncoder), new VideoOptions(), mayCopy: false);

        Assert.False(plan.Copies);
        Assert.Equal("libx264", After(plan, "-c:v"));
        Assert.Equal("aac", After(plan, "-c:a"));
    }

    private static string After(EncoderPlan plan, string option) => plan.Arguments.SkipWhile(argument => argument != option).ElementAt(1);
}
