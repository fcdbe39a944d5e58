using System.Runtime.InteropServices;

namespace LiveCommerce.Chaos;

/// <summary>Ctrl-C and its like end a run as its own end does: what it started and changed on the machine is taken away first.</summary>
internal static class Interrupt
{
    private static readonly CancellationTokenSource Source = new();
    private static readonly List<PosixSignalRegistration> Registrations = [];

    /// <summary>Whatever waits looks at it.</summary>
    public static CancellationToken Token => Source.Token;

    /// <summary>Begins to listen.</summary>
    public static void Listen()
    {
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
        {
            Registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                Source.Cancel();
            }));
        }
    }
}
