namespace LiveCommerce.LoadTester.Measuring;

/// <summary>What the load tester itself costs: somebody who measures must know how heavy the measure is.</summary>
internal sealed class OwnCosts
{
    /// <summary>Of fewer viewers, the program itself is the larger part.</summary>
    private const int CrowdMin = 1_000;

    private readonly long _memoryBefore;
    private readonly double _cpuBefore;
    private readonly long _allocatedBefore;

    public OwnCosts()
    {
        GC.Collect();
        _memoryBefore = Environment.WorkingSet;
        _cpuBefore = Cpu;
        _allocatedBefore = GC.GetTotalAllocatedBytes();
    }

    /// <summary>Bytes of memory above the start, when the crowd was in; null before.</summary>
    public long? CrowdBytes { get; private set; }

    /// <summary>Viewers of that crowd.</summary>
    public long Crowd { get; private set; }

    /// <summary>Seconds of CPU until the crowd was in.</summary>
    public double CrowdCpu { get; private set; }

    /// <summary>Seconds of CPU of the run.</summary>
    public double CpuSeconds => Cpu - _cpuBefore;

    /// <summary>Bytes allocated in the run.</summary>
    public long Allocated => GC.GetTotalAllocatedBytes() - _allocatedBefore;

    /// <summary>Bytes of memory of one viewer that is inside; null: too few to say.</summary>
    public double? BytesPerViewer => CrowdBytes is { } bytes && Crowd >= CrowdMin ? Math.Max(0, (double)bytes / Crowd) : null;

    private static double Cpu => Environment.CpuUsage.TotalTime.TotalSeconds;

    /// <summary>Everybody who comes first is in.</summary>
    public void CrowdIsIn(long viewers)
    {
        // What the joins needed for a moment is not what a viewer needs.
        GC.Collect();
        Crowd = viewers;
        CrowdBytes = Environment.WorkingSet - _memoryBefore;
        CrowdCpu = CpuSeconds;
    }
}
