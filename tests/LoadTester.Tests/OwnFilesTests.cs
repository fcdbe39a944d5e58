using System.Net;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.LoadTester.Tests;

public sealed class OwnFilesTests : IDisposable
{
    private const int Tables = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly Uri Nowhere = new("http://127.0.0.1:9");

    private readonly string _path = Path.Combine(Path.GetTempPath(), Guid.CreateVersion7().ToString("N"));

    public void Dispose() => File.Delete(_path);

    [Fact]
    public async Task WhatASocketsThreadTells_IsToldByAThreadWithTheFilesOfTheProcess()
    {
        Assert.SkipUnless(Native.GivesThreadsFiles(), "Here, threads get no files of their own.");
        var stop = TestContext.Current.CancellationToken;
        using var dialer = new Dialer(Nowhere, [], [], Tables);
        using var file = File.Create(_path);

        foreach (var loop in dialer.Loops)
        {
            var told = new TaskCompletionSource<(string? There, string? Here)>(TaskCreationOptions.RunContinuationsAsynchronously);
            await loop.DoAsync(() => Courier.Tell((told, There: Seen(file)), one => one.told.SetResult((one.There, Seen(file)))), stop);

            // The file was opened when the thread had its own table already.
            var (there, here) = await told.Task.WaitAsync(stop);
            Assert.NotEqual(_path, there);
            Assert.Equal(_path, here);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(Tables)]
    public async Task WhoAsksALoopThatHasEnded_IsToldSo_AndWhoIsGivenUpDoesNotWait(int tables)
    {
        Assert.SkipUnless(tables == 1 || Native.GivesThreadsFiles(), "Here, threads get no files of their own.");
        var stop = TestContext.Current.CancellationToken;
        var dialer = new Dialer(Nowhere, [], [], tables);
        var loop = dialer.LoopFor(0);
        using var held = new ManualResetEventSlim();
        using var givenUp = new CancellationTokenSource();
        if (tables > 1)
        {
            var holding = loop.DoAsync(() => held.Wait(Patience, CancellationToken.None), stop);
            var waiting = loop.DoAsync(() => { }, givenUp.Token);
            await givenUp.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
            held.Set();
            await holding;
        }

        dialer.Dispose();

        Assert.False(loop.Ask(() => { }));
        await Assert.ThrowsAsync<IOException>(() => HubConnection.OpenAsync(dialer, 0, cookie: null, WireProtocol.Json, TimeProvider.System, stop));
    }

    [Theory]
    [InlineData("http://127.0.0.1:9", "http://[::1]:10", "::1", null)]
    [InlineData("http://localhost:9", "http://192.0.2.7:10", "192.0.2.7", null)]
    [InlineData("http://localhost:9", "http://127.0.0.2:10", "127.0.0.2", "127.0.1.1")]
    [InlineData("http://[::1]:9", "http://localhost:10", "127.0.0.1", null)]
    public void Gateway_IsReachedAtItsOwnAddress_FromOneThatGetsThere(string server, string gateway, string to, string? from)
    {
        using var dialer = new Dialer(new Uri(server), [], [new Uri(gateway)]);

        Assert.Equal(new IPEndPoint(IPAddress.Parse(to), 10), dialer.TargetFor(0));
        Assert.Equal(from is null ? null : IPAddress.Parse(from), dialer.AddressFor(0));
    }

    // What the thread that asks finds under the file's number.
    private static string? Seen(FileStream file) => new FileInfo($"/proc/thread-self/fd/{file.SafeFileHandle.DangerousGetHandle()}").LinkTarget;
}
