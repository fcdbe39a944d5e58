using System.Diagnostics;
using LiveCommerce.Gateway.Video.Ffmpeg;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>FFmpegs whose server was killed, and that did not end by themselves.</summary>
public sealed class OrphansTests
{
    [Fact]
    public async Task OnlyAnEncoderWhoseServerIsGone_IsEnded()
    {
        var orphans = new Orphans(NullLogger<Orphans>.Instance);
        using var mine = Hang(Orphans.Owner);
        using var reused = Hang($"{Environment.ProcessId}:1");
        using var gone = Hang("999999999:12345");
        using var strange = Hang(null);
        using var forged = Hang("x; rm -rf /");

        // How many it ends here nobody can say: other tests' servers begin with the same.
        orphans.End();

        await Task.WhenAll(reused.WaitForExitAsync(), gone.WaitForExitAsync(), forged.WaitForExitAsync()).WaitAsync(TimeSpan.FromSeconds(120));
        Assert.False(mine.HasExited);
        Assert.False(strange.HasExited);
        mine.Kill();
        strange.Kill();
    }

    [Fact]
    public async Task ServerThatStarts_EndsWhatIsLeftOver()
    {
        using var gone = Hang("999999999:12345");

        await using var host = await VideoHost.StartAsync();

        await gone.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(120));
    }

    private static Process Hang(string? owner)
    {
        var start = new ProcessStartInfo("sleep") { ArgumentList = { "1000" }, UseShellExecute = false };
        if (owner is not null) { start.Environment[Orphans.OwnerVariable] = owner; }
        return Process.Start(start)!;
    }
}
